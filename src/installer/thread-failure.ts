/** An error on its way to another thread, which would lose what system errors carry. */
export interface Failure {
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a system error: what Node adds to it. */
  readonly facts: Readonly<Record<string, string | number>>;
}

const FACTS = ['code', 'errno', 'syscall', 'path', 'dest'] as const;

export function describeFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined, facts: {} };
  const facts = new Map<string, string | number>();
  for (const name of FACTS) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === 'string' || typeof value === 'number') facts.set(name, value);
  }
  return { message: error.message, stack: error.stack, facts: Object.fromEntries(facts) };
}

/** The error as it was thrown in the other thread. */
export function reviveFailure({ message, stack, facts }: Failure): Error {
  return Object.assign(new Error(message), stack === undefined ? {} : { stack }, facts);
}
