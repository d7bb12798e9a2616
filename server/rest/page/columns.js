// Values of a column, pasted or out of a file with commas, semicolons, tabs or bars.

const SEPARATORS = [",", ";", "\t", "|"];

/** The rows of a table as lists of cells; quotes hold separators, line ends and doubled quotes. */
export function table(text) {
  const first = text.split(/\r?\n/, 1)[0];
  const counts = SEPARATORS.map((one) => first.split(one).length);
  const separator = SEPARATORS[counts.indexOf(Math.max(...counts))];
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    const row = rows.at(-1);
    if (quoted) {
      if (sign !== '"') row[row.length - 1] += sign;
      else if (text[at + 1] === '"') {
        row[row.length - 1] += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && row.at(-1) === "") quoted = true;
    else if (sign === separator) row.push("");
    else if (sign === "\n") rows.push([""]);
    else if (sign !== "\r") row[row.length - 1] += sign;
  }
  return rows.filter((row) => row.some((cell) => cell.trim()));
}

/** The values of a text: a line each, or where all stand on one line, between commas, semicolons, tabs or blanks. */
export function values(text) {
  const lines = text.trim().split(/\r?\n/);
  const parts = lines.length > 1 ? lines : lines[0].split(/[,;\t ]+/);
  return parts.map((one) => one.trim()).filter(Boolean);
}

/** The columns of a table by name; a first row of numbers alone is no header. */
export function columns(rows) {
  const [head = [], ...rest] = rows;
  const named = head.some((cell) => cell.trim() && Number.isNaN(Number(cell)));
  const body = named ? rest : rows;
  return new Map(
    head.map((cell, at) => [
      named ? cell.trim() || `Column ${at + 1}` : `Column ${at + 1}`,
      body.map((row) => row[at] ?? ""),
    ]),
  );
}
