// What the browser keeps. Where storage is off or full, nothing is kept and nothing fails.

export const tab = box(() => sessionStorage);
export const browser = box(() => localStorage);

function box(open) {
  return {
    read(name, otherwise) {
      try {
        const text = open().getItem(name);
        return text === null ? otherwise : JSON.parse(text);
      } catch {
        return otherwise;
      }
    },
    write(name, value) {
      try {
        open().setItem(name, JSON.stringify(value));
        return true;
      } catch {
        return false;
      }
    },
    remove(name) {
      try {
        open().removeItem(name);
      } catch {
        // There was nothing to keep it in.
      }
    },
  };
}
