// Rebuilds fixtures/wheels from the table below: small real wheels with a correct RECORD, the same bytes on every machine.
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { root } from './setup.mjs';

const WHEELS = [
  {
    name: 'demo-colors',
    version: '1.2.0',
    summary: 'Names of colours and their codes',
    files: {
      'demo_colors/__init__.py':
        "CODES = {'red': 31, 'green': 32, 'blue': 34}\n\n\ndef paint(text, name):\n    return f'\\033[{CODES[name]}m{text}\\033[0m'\n",
    },
  },
  {
    name: 'demo-table',
    version: '2.1.0',
    summary: 'Draws small text tables',
    requires: ['demo-colors>=1.0'],
    files: {
      'demo_table/__init__.py': "from demo_table.draw import table\n\n__all__ = ['table']\n__version__ = '2.1.0'\n",
      'demo_table/draw.py':
        "import json\nfrom pathlib import Path\n\nSTYLE = json.loads((Path(__file__).parent / 'style.json').read_text())\n\n\ndef table(rows):\n    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]\n    bar = STYLE['bar']\n    return '\\n'.join(bar + bar.join(f' {str(cell):<{width}} ' for cell, width in zip(row, widths)) + bar for row in rows)\n",
      'demo_table/style.json': '{"bar": "|"}\n',
    },
  },
  {
    name: 'demo-table',
    version: '3.0.0rc1',
    summary: 'Draws small text tables',
    files: { 'demo_table/__init__.py': "__version__ = '3.0.0rc1'\n" },
  },
  {
    name: 'demo-shapes-circle',
    version: '0.3.0',
    summary: 'One half of a namespace package',
    files: { 'demo_shapes/circle.py': 'PI = 3.14159\n\n\ndef area(radius):\n    return PI * radius * radius\n' },
  },
  {
    name: 'demo-shapes-square',
    version: '0.4.1',
    summary: 'The other half of a namespace package',
    files: { 'demo_shapes/square.py': 'def area(side):\n    return side * side\n' },
  },
  {
    name: 'demo-report',
    version: '1.0.0',
    summary: 'A command that prints a report',
    requires: [
      'demo-table>=2',
      'demo-shapes-circle',
      'demo-shapes-square; python_version >= "3.8"',
      'demo-windows; sys_platform == "win32"',
    ],
    requiresPython: '>=3.8',
    files: {
      'demo_report/__init__.py':
        "from demo_shapes import circle, square\nfrom demo_table import table\n\n\ndef main():\n    print(table([('shape', 'area'), ('circle', round(circle.area(2), 2)), ('square', square.area(3))]))\n",
      'demo_report-1.0.0.dist-info/entry_points.txt': '[console_scripts]\ndemo-report = demo_report:main\n',
    },
  },
  {
    name: 'demo-windows',
    version: '0.1.0',
    summary: 'Needed on one platform only',
    tag: 'py3-none-win_amd64',
    files: { 'demo_windows.py': 'NAME = "windows"\n' },
  },
];

const folder = join(root, 'fixtures/wheels');
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.whl'))) rmSync(join(folder, name));
for (const wheel of WHEELS) await writeWheel(wheel);

async function writeWheel(wheel) {
  const tag = wheel.tag ?? 'py3-none-any';
  const stem = `${wheel.name.replaceAll('-', '_')}-${wheel.version}`;
  const info = `${stem}.dist-info`;
  const files = new Map(Object.entries(wheel.files));
  files.set(`${info}/METADATA`, metadata(wheel));
  files.set(`${info}/WHEEL`, `Wheel-Version: 1.0\nGenerator: tspm-fixtures\nRoot-Is-Purelib: true\nTag: ${tag}\n`);
  files.set(`${info}/RECORD`, record(files, info));
  const zip = new ZipFile();
  for (const [path, text] of files) {
    zip.addBuffer(Buffer.from(text), path, { mtime: new Date(2020, 0, 1), mode: 0o100644, forceDosTimestamp: true });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(join(folder, `${stem}-${tag}.whl`)));
}

function metadata({ name, version, summary, requires = [], requiresPython }) {
  const lines = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`, `Summary: ${summary}`];
  if (requiresPython) lines.push(`Requires-Python: ${requiresPython}`);
  for (const line of requires) lines.push(`Requires-Dist: ${line}`);
  return `${lines.join('\n')}\n`;
}

function record(files, info) {
  const rows = [...files].map(([path, text]) => {
    const digest = createHash('sha256').update(text).digest('base64url');
    return `${path},sha256=${digest},${Buffer.byteLength(text)}`;
  });
  return `${[...rows, `${info}/RECORD,,`].join('\n')}\n`;
}
