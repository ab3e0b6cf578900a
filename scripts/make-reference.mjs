// Writes docs/commands.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandReference } from './reference.mjs';
import { root } from './setup.mjs';

writeFileSync(join(root, 'docs/commands.md'), await commandReference());
