import { ownCard, packageCard, type PackageCard } from '../../app/show.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { oneLine } from '../render.ts';
import { withAnyProject } from '../session.ts';

/** Options that print one value each, in the order they are printed. */
const FIELDS = ['name', 'version', 'summary', 'license', 'platform', 'keywords'] as const;

/** `tspm show`: facts of a package, or of the project. A package that no source has is only warned about, as in PDM. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  return withAnyProject(context, input, async (session) => {
    const [name] = input.args;
    const card = name === undefined ? ownCard(session.pyproject) : await packageCard(session, name);
    if (card === undefined) {
      context.note('warning', `No match found for the package '${name}'`);
      return 0;
    }
    const fields = FIELDS.filter((field) => input.has(field));
    const lines = fields.length === 0 ? cardLines(context, card) : fields.map((field) => oneLine(card[field]));
    context.output.write(lines.map((line) => `${line}\n`).join(''));
    return 0;
  });
}

function cardLines({ paint }: CommandContext, card: PackageCard): string[] {
  const rows: readonly (readonly [label: string, ...values: string[]])[] = [
    ['Name', card.name],
    ['Latest version', card.version],
    ...(card.stableVersion === undefined ? [] : [['Latest stable version', card.stableVersion] as const]),
    ...(card.installedVersion === undefined ? [] : [['Installed version', card.installedVersion] as const]),
    ['Summary', card.summary],
    ['Requires Python', card.requiresPython],
    ['Author', card.author],
    ['Author email', card.authorEmail],
    ['License', card.license],
    ['Homepage', card.homepage],
    ['Project URLs', ...card.urls],
    ['Platform', card.platform],
    ['Keywords', card.keywords],
  ];
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.flatMap(([label, ...values]) => {
    const [first = '', ...others] = values.map(oneLine);
    const head = paint('cyan', `${label}:`) + ' '.repeat(width - label.length - 1);
    return [(head + first).trimEnd(), ...others.map((value) => ' '.repeat(width) + value)];
  });
}
