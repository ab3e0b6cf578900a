/** Milliseconds of a clock that only goes forward. `performance.now` would load a module of Node's that little else needs at a start. */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
