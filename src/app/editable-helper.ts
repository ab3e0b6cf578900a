/** The package that some backends lead to sources by; an editable wheel then requires it, and no lock has it by itself. */
import type { WheelArchive } from '../archive/wheel-archive.ts';
import { parseMetadataRequirement } from '../packaging/requirement.ts';
import type { Session } from './session.ts';

const HELPER = 'editables';

/** Warns of an editable wheel that cannot work with the packages (normalised names) that are installed beside it. */
export function noteHelper(session: Session, { name, metadata }: WheelArchive, keys: readonly string[]): void {
  if (keys.includes(HELPER) || !metadata.requiresDist.some((line) => parseMetadataRequirement(line).key === HELPER))
    return;
  session.note(
    'warning',
    `${name} cannot be imported without ${HELPER}, which its editable wheel requires: \`tspm add -d ${HELPER}\``,
  );
}
