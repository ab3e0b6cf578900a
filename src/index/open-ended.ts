import type { HttpResponse } from '../ports.ts';

/** Whether nothing but the end of the connection tells where the body ends: it may have been cut without a sign of it. */
export function isOpenEnded({ headers }: Pick<HttpResponse, 'headers'>): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}
