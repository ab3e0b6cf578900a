/**
 * Registries on which resolvers are known to work too hard, as plain data: for tests in memory and for the benchmark, which
 * serves them over HTTP. Shapes and names follow what is published about them; versions and counts are made up.
 */

/** One version: its requirement lines, or those with the interpreters it needs. */
export type HardVersion = readonly string[] | { readonly requires?: readonly string[]; readonly python?: string };

/** Packages by name, versions by text. */
export type HardRegistry = Readonly<Record<string, Readonly<Record<string, HardVersion>>>>;

/** A project over a registry. */
export interface HardCase {
  readonly registry: HardRegistry;
  readonly roots: readonly string[];
  /** What must come out of it: some of the versions, or that there is no solution. */
  readonly expected: Readonly<Record<string, string>> | 'unsolvable';
  /** The most metadata that may be asked for. */
  readonly metadata: number;
  /** The most round trips that may have to wait for one another. */
  readonly waves: number;
}

/** `count` versions `<prefix>0` to `<prefix>(count - 1)`, with the lines of each. */
export function versions(
  count: number,
  lines: (index: number) => HardVersion,
  prefix = '1.',
): Record<string, HardVersion> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, lines(index)]));
}

/** Every case by its name. */
export function hardCases(): Readonly<Record<string, HardCase>> {
  return { ...awsCases(), ...ladderCases(), ...shapeCases(), ...colouringCases(), ...publishedCases() };
}

const URLLIB3 = {
  ...versions(25, () => []),
  ...versions(12, () => [], '1.25.'),
  ...versions(20, () => [], '1.26.'),
  ...versions(8, () => [], '2.'),
};

/** `size` releases of boto3 and botocore side by side; from `since` on botocore wants urllib3 from 1.25.4 to 1.26. */
function aws(size: number, since: number): HardRegistry {
  const minor = (name: string, index: number) => `${name}>=1.${index},<1.${index + 1}`;
  const transfers = Math.ceil(size / 50);
  return {
    boto3: versions(size, (i) => [
      minor('botocore', i),
      'jmespath>=0.7.1,<2.0.0',
      `s3transfer>=0.${Math.floor(i / 50)},<0.${Math.floor(i / 50) + 1}`,
    ]),
    botocore: versions(size, (i) => [
      'jmespath>=0.7.1,<2.0.0',
      'python-dateutil>=2.1,<3.0.0',
      i >= since ? 'urllib3>=1.25.4,<1.27' : 'urllib3>=1.20,<1.25.4',
    ]),
    s3transfer: versions(transfers, (i) => [`botocore>=1.${i * 50},<2.0a0`], '0.'),
    // One release for every seventh botocore, and only for that one.
    aiobotocore: versions(Math.floor(size / 7), (i) => [
      minor('botocore', i * 7),
      'aiohttp>=3.3,<4',
      `boto3>=1.${i * 7},<1.${i * 7 + 1}; extra == "boto3"`,
    ]),
    s3fs: versions(40, (i) => [`aiobotocore~=1.${Math.floor(size / 7) - 80 + i * 2}`, 'fsspec']),
    fsspec: versions(40, () => []),
    aiohttp: versions(5, () => [], '3.'),
    jmespath: { '0.9.5': [], '0.10.0': [], '1.0.1': [] },
    'python-dateutil': { '2.8.2': ['six>=1.5'], '2.9.0': ['six>=1.5'] },
    six: { '1.15.0': [], '1.16.0': [] },
    urllib3: URLLIB3,
  };
}

/** The AWS clients: near-daily releases pinned to one another, and urllib3 in the way. */
function awsCases(): Record<string, HardCase> {
  const registry = aws(1500, 400);
  const newest = { boto3: '1.1499', botocore: '1.1499', urllib3: '1.26.19' };
  const few = { registry, metadata: 20, waves: 20 };
  return {
    'aws: boto3': { ...few, roots: ['boto3'], expected: newest },
    'aws: urllib3 first': { ...few, roots: ['urllib3', 'boto3'], expected: newest },
    'aws: urllib3 first, with a cap': { ...few, roots: ['urllib3<2', 'boto3'], expected: newest },
    'aws: urllib3 first, with a floor': { ...few, roots: ['urllib3>=1.26', 'boto3'], expected: newest },
    'aws: urllib3 last': { ...few, roots: ['boto3', 'urllib3'], expected: newest },
    'aws: aiobotocore beside boto3': {
      ...few,
      roots: ['urllib3', 'boto3', 'aiobotocore'],
      expected: { aiobotocore: '1.213', botocore: '1.1491', boto3: '1.1491' },
      metadata: 25,
      waves: 20,
    },
    // It fits one release in seven, and lags behind by two hundred.
    'aws: an older aiobotocore beside boto3': {
      ...few,
      roots: ['boto3', 'aiobotocore<1.185'],
      expected: { aiobotocore: '1.184', botocore: '1.1288', boto3: '1.1288' },
      metadata: 40,
      waves: 40,
    },
    'aws: s3fs and an extra': {
      ...few,
      roots: ['s3fs', 'aiobotocore[boto3]', 'boto3'],
      expected: { s3fs: '1.39', aiobotocore: '1.213', botocore: '1.1491', boto3: '1.1491' },
    },
    // Only versions from before release 400 fit: 1,100 do not.
    'aws: urllib3<1.25.4': {
      ...few,
      roots: ['urllib3<1.25.4', 'boto3'],
      expected: { boto3: '1.399', botocore: '1.399', urllib3: '1.25.3' },
      metadata: 75,
      waves: 70,
    },
    'aws: nothing fits': {
      ...few,
      registry: aws(1500, 0),
      roots: ['urllib3<1.25.4', 'boto3'],
      expected: 'unsolvable',
      metadata: 3050,
      waves: 90,
    },
  };
}

/** Many versions of one package that all want an old version of another. */
function ladderCases(): Record<string, HardCase> {
  const old = versions(10, () => [], '');
  const behind = {
    a: old,
    b: versions(300, (i) => [`between>=1.${i}`]),
    between: versions(300, () => ['a<2']),
  };
  const lockstep = {
    front: versions(1500, (i) => [`back==1.${i}`]),
    back: versions(1500, () => ['core<2']),
    core: { '1.0': [], '2.0': [], '3.0': [] },
  };
  const siblings = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [
      `sibling${n}`,
      versions(50, (i) => [`sibling${(n + 1) % 30}==1.${i}`, ...(n === 29 ? ['core<2'] : [])]),
    ]),
  );
  return {
    '300 versions want an old package': {
      registry: { a: old, b: versions(300, () => ['a<2']) },
      roots: ['a', 'b'],
      expected: { a: '1', b: '1.299' },
      metadata: 10,
      waves: 10,
    },
    '300 versions, one package in between': {
      registry: behind,
      roots: ['a', 'b'],
      expected: { a: '1', b: '1.299' },
      metadata: 10,
      waves: 10,
    },
    '2,000 rungs, the one in the way named first': {
      registry: { x: versions(2000, (i) => [`y==1.${i}`]), y: versions(2000, () => ['z<2']), z: old },
      roots: ['z', 'x'],
      expected: { x: '1.1999', y: '1.1999', z: '1' },
      metadata: 10,
      waves: 10,
    },
    '2,000 rungs, only the lowest ten hold': {
      registry: {
        x: versions(2000, (i) => [`y==1.${i}`]),
        y: versions(2000, (i) => (i < 10 ? [] : ['z<2'])),
        z: old,
      },
      roots: ['z>=2', 'x'],
      expected: { x: '1.9', y: '1.9', z: '9' },
      metadata: 65,
      waves: 65,
    },
    '5,000 candidates, the one in the way named first': {
      registry: { wide: versions(5000, () => ['narrow<2']), narrow: old },
      roots: ['narrow', 'wide'],
      expected: { wide: '1.4999', narrow: '1' },
      metadata: 10,
      waves: 10,
    },
    '5,000 candidates, only the 100 lowest hold': {
      registry: { wide: versions(5000, (i) => (i < 100 ? [] : ['narrow<2'])), narrow: old },
      roots: ['narrow>=2', 'wide'],
      expected: { wide: '1.99', narrow: '9' },
      metadata: 35,
      waves: 35,
    },
    '1,500 lockstep versions, impossible': {
      registry: lockstep,
      roots: ['core>=2', 'front'],
      expected: 'unsolvable',
      metadata: 3001,
      waves: 90,
    },
    '30 lockstep siblings, one capped': {
      registry: { ...siblings, core: { '1.0': [], '2.0': [] } },
      roots: ['core', ...Object.keys(siblings)],
      expected: { sibling0: '1.49', sibling29: '1.49', core: '1.0' },
      metadata: 70,
      waves: 10,
    },
  };
}

/** Deep and wide ones, and versions for other interpreters. */
function shapeCases(): Record<string, HardCase> {
  const chain = Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [`link${i}`, versions(3, () => (i < 499 ? [`link${i + 1}>=1.1`] : []))]),
  );
  const diamond = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [
      `level${i}`,
      versions(5, (v) => (i < 199 ? [`level${i + 1}>=1.${v}`, 'core'] : ['core<2'])),
    ]),
  );
  const other = (python: string) => ({ python });
  return {
    'a chain of 500': { registry: chain, roots: ['link0'], expected: { link499: '1.2' }, metadata: 500, waves: 1000 },
    'a diamond 200 deep': {
      registry: { ...diamond, core: versions(10, () => [], '') },
      roots: ['core', 'level0'],
      expected: { core: '1', level0: '1.4', level199: '1.4' },
      metadata: 210,
      waves: 420,
    },
    '3,000 versions for newer interpreters': {
      registry: { wall: { ...versions(3000, () => other('>=3.13'), '2.'), '1.0': other('>=3.8') } },
      roots: ['wall'],
      expected: { wall: '1.0' },
      metadata: 1,
      waves: 2,
    },
    'apache-airflow and its providers': airflow(),
  };
}

/** A core that wants nearly every provider by extra, each of which caps the core and something they share. */
function airflow(): HardCase {
  const providers = Array.from({ length: 80 }, (_, i) => `provider${i}`);
  const shared = Object.fromEntries(providers.slice(0, 20).map((_, i) => [`shared${i}`, versions(30, () => [])]));
  const registry = {
    airflow: versions(60, (v) => [
      'pendulum>=1.5',
      ...providers.map((name) => `${name}; extra == "${name}"`),
      `airflow[${providers.join(',')}]; extra == "all"`,
      `shared0<1.${v + 1}`,
    ]),
    pendulum: versions(10, () => []),
    ...Object.fromEntries(
      providers.map((name, i) => [
        name,
        versions(30, (v) => [`airflow>=1.${Math.min(59, v + (i % 7) * 5)}`, `shared${i % 20}<=1.${29 - (i % 4)}`]),
      ]),
    ),
    ...shared,
  };
  return { registry, roots: ['airflow[all]<1.50'], expected: { airflow: '1.49' }, metadata: 400, waves: 200 };
}

/** Graphs to be coloured: a package a node, a version a colour, "not the colour of my neighbours" a requirement. */
function colouringCases(): Record<string, HardCase> {
  const common = { metadata: 180, waves: 40 };
  const roots = Array.from({ length: 60 }, (_, i) => `node${i}`);
  return {
    '60 nodes that three colours are enough for': {
      ...common,
      registry: coloured({ seed: 7, edges: 138, planted: true }),
      roots,
      expected: {},
    },
    '60 nodes that three colours are not enough for': {
      ...common,
      registry: coloured({ seed: 3, edges: 148, planted: false }),
      roots,
      expected: 'unsolvable',
    },
  };
}

/** `planted`: no edge joins nodes whose numbers leave the same remainder by three, so that there is a colouring. */
function coloured({ seed, edges, planted }: { seed: number; edges: number; planted: boolean }): HardRegistry {
  const random = randomNumbers(seed);
  const neighbours = Array.from({ length: 60 }, () => new Set<number>());
  for (let made = 0; made < edges;) {
    const [a, b] = [Math.floor(random() * 60), Math.floor(random() * 60)];
    if (a === b || (planted && a % 3 === b % 3) || neighbours[a]?.has(b) === true) continue;
    neighbours[a]?.add(b);
    neighbours[b]?.add(a);
    made++;
  }
  const nodes = neighbours.map((others, i) => [
    `node${i}`,
    versions(3, (colour) => [...others].map((other) => `node${other}!=${colour}`), ''),
  ]);
  return Object.fromEntries(nodes);
}

/** Numbers in [0, 1) that follow from the seed (a linear congruence modulo 2^32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Problems that were published because a backtracking resolver fails on them. */
function publishedCases(): Record<string, HardCase> {
  return {
    // Newer pandas and the newest sat-stac want python-dateutil from either side; sat-search narrows sat-stac.
    'pandas, pystac-client and sat-stac': {
      registry: {
        pandas: versions(60, (i) => [i < 30 ? 'python-dateutil>=2.6.1' : 'python-dateutil>=2.8.2', 'numpy>=1.20']),
        numpy: versions(30, () => []),
        pystac: versions(40, () => ['python-dateutil>=2.7.0']),
        'pystac-client': versions(20, (i) => [`pystac>=1.${i + 15}`, 'python-dateutil>=2.7.0', 'requests>=2.25']),
        'sat-stac': versions(12, (i) =>
          i < 4 ? ['requests>=2.19.1'] : ['python-dateutil~=2.7.5', 'requests~=2.19.1'],
        ),
        'python-dateutil': { ...versions(6, () => ['six'], '2.7.'), ...versions(3, () => ['six'], '2.8.') },
        requests: { ...versions(2, () => [], '2.19.'), ...versions(8, () => [], '2.25.') },
        six: versions(17, () => []),
      },
      roots: ['pandas', 'pystac-client', 'sat-stac'],
      expected: { pandas: '1.59', 'pystac-client': '1.19', 'sat-stac': '1.3', 'python-dateutil': '2.8.2' },
      metadata: 40,
      waves: 30,
    },
    // Every extra of autobahn ends up in another one's requirements; txaio is pinned by minor version.
    'autobahn with all its extras': {
      registry: {
        autobahn: versions(40, (i) => [
          `txaio>=1.${i}`,
          'autobahn[twisted,encryption,serialization]; extra == "all"',
          'twisted>=1.10; extra == "twisted"',
          'zope-interface>=1.3; extra == "twisted"',
          'cryptography>=1.5; extra == "encryption"',
          'pynacl>=1.1; extra == "encryption"',
          'cbor2>=1.2; extra == "serialization"',
        ]),
        txaio: versions(39, () => []),
        twisted: versions(30, (i) => (i > 20 ? ['zope-interface>=1.8'] : ['zope-interface>=1.3'])),
        'zope-interface': versions(8, () => []),
        cryptography: versions(20, () => ['cffi']),
        pynacl: versions(6, () => ['cffi<1.5']),
        cffi: versions(8, () => []),
        cbor2: versions(5, () => []),
      },
      roots: ['autobahn[all]'],
      expected: { autobahn: '1.38', txaio: '1.38', twisted: '1.20', 'zope-interface': '1.7', cffi: '1.4' },
      metadata: 20,
      waves: 20,
    },
    // Newer versions name something no source has; only one from before can be used.
    'versions that need a package nobody has': {
      registry: {
        translator: { ...versions(12, () => ['gone-compiler>=1']), '0.9.8': [] },
        app: versions(3, () => ['translator']),
      },
      roots: ['app'],
      expected: { translator: '0.9.8' },
      metadata: 14,
      waves: 20,
    },
    // The framework caps its tools from above while the client library pins botocore.
    'chalice beside a newer boto3': {
      registry: {
        chalice: versions(40, (i) => [
          `botocore>=1.14,<1.${200 + i * 2}`,
          'click>=7,<9',
          `pip>=9,<${21 + Math.floor(i / 20)}`,
          'six>=1.10',
        ]),
        boto3: versions(300, (i) => [`botocore>=1.${i},<1.${i + 1}`]),
        botocore: versions(300, () => ['jmespath<2']),
        jmespath: versions(3, () => []),
        click: versions(4, () => [], '7.'),
        pip: versions(25, () => [], ''),
        six: versions(17, () => []),
      },
      roots: ['boto3', 'chalice', 'pip'],
      expected: { chalice: '1.39', boto3: '1.277', botocore: '1.277', pip: '21' },
      metadata: 30,
      waves: 35,
    },
    // Every awscli pins one botocore and a narrow s3transfer, docutils and colorama have caps; rsa was split off.
    'awscli beside an s3transfer from before': {
      registry: {
        awscli: versions(400, (i) => [
          `botocore==1.${i}`,
          `s3transfer>=0.${Math.floor(i / 40)},<0.${Math.floor(i / 40) + 1}`,
          'docutils>=0.10,<0.16',
          'colorama>=0.2.5,<0.4.5',
          'rsa>=3.1.2,<4.8',
        ]),
        botocore: versions(400, (i) => [i > 200 ? 'urllib3<1.27' : 'urllib3<1.26', 'docutils>=0.10,<0.16']),
        s3transfer: versions(10, (i) => [`botocore>=1.${i * 40},<2`], '0.'),
        docutils: versions(20, () => [], '0.'),
        colorama: { '0.4.3': [], '0.4.4': [], '0.4.6': [] },
        rsa: { '3.4.2': [], '4.7.2': [], '4.9': [] },
        urllib3: URLLIB3,
        sphinx: versions(20, (i) => [i > 10 ? 'docutils>=0.17' : 'docutils>=0.12']),
      },
      roots: ['sphinx', 'awscli', 's3transfer<0.9'],
      expected: { awscli: '1.359', botocore: '1.359', s3transfer: '0.8', sphinx: '1.10', docutils: '0.15' },
      metadata: 50,
      waves: 50,
    },
    // Every release of the framework caps one leaf; an instrumentation wants a newer one.
    'a web stack around starlette': {
      registry: {
        starlette: versions(60, () => [], '0.'),
        fastapi: versions(250, (i) => [
          `starlette>=0.${Math.floor(i / 5)},<0.${Math.floor(i / 5) + 1}`,
          'pydantic>=1.6',
        ]),
        pydantic: versions(80, (i) => (i > 60 ? ['typing-extensions>=4.6'] : [])),
        'typing-extensions': versions(13, () => [], '4.'),
        instrumentation: versions(60, (i) => [`starlette<0.${i + 1}`, 'fastapi']),
      },
      roots: ['starlette', 'fastapi', 'instrumentation<1.48'],
      expected: { fastapi: '1.239', starlette: '0.47', instrumentation: '1.47' },
      metadata: 75,
      waves: 40,
    },
  };
}
