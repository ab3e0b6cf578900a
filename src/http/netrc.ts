/** Reader of `.netrc` files (the format of ftp(1) as curl and Python read it). Pure. */
import type { Credentials } from './credentials.ts';

/** Entries by host name; `fallback` is the `default` entry. */
export interface Netrc {
  readonly hosts: ReadonlyMap<string, Credentials>;
  readonly fallback: Credentials | undefined;
}

/** Reads what can be read; words that are not understood end the entry they stand in. First entry of a host wins. */
export function parseNetrc(text: string): Netrc {
  const hosts = new Map<string, Credentials>();
  let fallback: Credentials | undefined;
  const words = netrcWords(text);
  let i = 0;
  while (i < words.length) {
    const word = words[i++];
    if (word !== 'machine' && word !== 'default') continue;
    const host = word === 'machine' ? words[i++] : undefined;
    const login: { username: string; password: string } = { username: '', password: '' };
    for (; i + 1 < words.length; i += 2) {
      const key = words[i];
      const value = words[i + 1] ?? '';
      if (key === 'login') login.username = value;
      else if (key === 'password') login.password = value;
      else if (key !== 'account') break;
    }
    if (word === 'default') fallback ??= login;
    else if (host !== undefined && !hosts.has(host.toLowerCase())) hosts.set(host.toLowerCase(), login);
  }
  return { hosts, fallback };
}

/** Words without comments and macros; a macro runs from `macdef` to the next empty line. */
function netrcWords(text: string): string[] {
  const words: string[] = [];
  let inMacro = false;
  for (const line of text.split(/\r?\n/)) {
    if (inMacro) {
      inMacro = line.trim() !== '';
      continue;
    }
    for (const word of lineWords(line)) {
      if (word === 'macdef') {
        inMacro = true;
        break;
      }
      words.push(word);
    }
  }
  return words;
}

/** A `#` begins a comment only where a keyword could stand: passwords may contain and begin with it. */
function lineWords(line: string): string[] {
  if (line.trimStart().startsWith('#')) return [];
  const words: string[] = [];
  for (const match of line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
    const quoted = match[1];
    words.push(quoted === undefined ? (match[2] ?? '') : quoted.replace(/\\(.)/g, '$1'));
  }
  return words;
}
