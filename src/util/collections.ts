/** Order by Unicode code point, never by locale: everything printed or written is sorted with this. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // A surrogate belongs to a code point above every other UTF-16 unit.
    const high = Number(isSurrogate(x)) - Number(isSurrogate(y));
    return high === 0 ? x - y : high;
  }
  return a.length - b.length;
}

/** A sorted copy in code point order. */
export function sortedText(values: Iterable<string>): string[] {
  return [...values].sort(compareText);
}

/** A copy sorted by a text key, in code point order; stable. */
export function sortedBy<T>(values: Iterable<T>, key: (value: T) => string): T[] {
  return [...values].sort((a, b) => compareText(key(a), key(b)));
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
