/** One request over the wire and its answer, as the transport gives them. Types only. */

/** A single GET to one URL, without user-info, with every header it is to be sent with. */
export interface Hop {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** Status and headers are there; the body is being received. */
export interface Answer {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Drops the rest of the body; never throws. */
  discard(): Promise<void>;
}

/** The wire. */
export interface Wire {
  /** Rejects with the system's or undici's error. */
  send(hop: Hop): Promise<Answer>;
  /** The proxy that `url` is reached through, for messages. */
  proxyFor(url: URL): string | undefined;
  close(): Promise<void>;
}
