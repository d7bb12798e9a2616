// Work that follows what somebody types: once they pause, and only the newest.

/** Calls `work(signal)` after a pause; a newer call ends an older one. */
export function afterPause(work, ms = 500) {
  let timer = 0;
  let controller = null;
  const run = async () => {
    controller?.abort();
    controller = new AbortController();
    const mine = controller;
    try {
      await work(mine.signal);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };
  later.now = () => {
    clearTimeout(timer);
    return run();
  };
  return later;
}
