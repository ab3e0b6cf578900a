import { TspmError } from '../errors.ts';
import { redactUrl } from '../util/redact.ts';

/** The error for an answer that is not what an index may give; `problem` is a clause. */
export function unusableAnswer(url: string, problem: string, cause?: unknown): TspmError {
  const shown = redactUrl(url);
  return new TspmError('TSPM_INDEX_RESPONSE', `unusable answer from ${shown}: ${problem}`, {
    context: { url: shown },
    cause,
  });
}
