/** Checks of what callers of the library pass in: those who write JavaScript can pass anything. */
import { TspmError, type ErrorCode } from '../errors.ts';

/** Throws an error with this code unless the value is a text. */
export function requireText(value: unknown, code: ErrorCode, what: string): asserts value is string {
  if (typeof value !== 'string') throw new TspmError(code, `${what} must be a text, not ${kindOf(value)}`);
}

/** Throws an error with this code unless the value is an object whose properties can be read. */
export function requireObject(value: unknown, code: ErrorCode, what: string): asserts value is object {
  if (!isObject(value)) throw new TspmError(code, `${what} must be an object, not ${kindOf(value)}`);
}

/** The texts of a list or set; throws an error with this code for anything else, a single text included. */
export function requireTexts(value: unknown, code: ErrorCode, what: string): string[] {
  if (!isIterable(value)) throw new TspmError(code, `${what} must be a list or a set of texts, not ${kindOf(value)}`);
  return [...value].map((item) => {
    requireText(item, code, `each of ${what}`);
    return item;
  });
}

/** The items of a list, a set or another iterable object; throws an error with this code for anything else. */
export function requireIterable<T>(value: Iterable<T>, code: ErrorCode, what: string): T[] {
  if (!isIterable(value)) throw new TspmError(code, `${what} must be a list or a set, not ${kindOf(value)}`);
  return [...value];
}

/** Whether the value is a list of texts. */
export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** The value for a message. */
export function showInput(value: unknown): string {
  try {
    return JSON.stringify(value) ?? kindOf(value);
  } catch {
    return kindOf(value);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return isObject(value) && Symbol.iterator in value && typeof value[Symbol.iterator] === 'function';
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
