import { describe, expect, it } from 'vitest';
import {
  formatRequirementLine,
  parseRequirementLine,
  requirementKey,
  type LineContext,
} from '../../../src/project/requirement-line.ts';

const context: LineContext = {
  scope: { root: '/home/me/proj', env: {}, style: 'pdm' },
  exists: (path) => path.startsWith('/home/me/proj/libs') || path === '/home/me/other' || path === '/home/me/proj',
};
const stored = (line: string) => formatRequirementLine(parseRequirementLine(line, context), context.scope);

describe('requirement lines', () => {
  it.each([
    ["requests[security,socks]>=2,<3 ; python_version<'3.9'", 'requests[security,socks]<3,>=2; python_version < "3.9"'],
    ['Foo_Bar.baz >= 1.0', 'Foo-Bar-baz>=1.0'],
    ['foo (>=1.0)', 'foo>=1.0'],
    ["foo @ https://x/foo-1.0.whl ; sys_platform=='win32'", 'foo @ https://x/foo-1.0.whl ; sys_platform == "win32"'],
    ['git+https://g.com/a/b.git@v1#egg=b&subdirectory=sub', 'b @ git+https://g.com/a/b.git@v1#subdirectory=sub'],
    ['git+git@github.com:a/b.git', 'git+ssh://git@github.com/a/b.git'],
    ['-e git+https://g.com/a/b.git#egg=b', '-e git+https://g.com/a/b.git#egg=b'],
    ['torch>=2.1+cpu', 'torch>=2.1'],
    ['foo>=2.*,<3', 'foo<3,>=2'],
    ['foo>=2,<3,', 'foo<3,>=2'],
    ["Flask[async] ; python_version<'4'", 'Flask[async]; python_version < "4"'],
    ['b @ git+ssh://git@host/p.git@main', 'b @ git+ssh://git@host/p.git@main'],
    [
      'https://x.org/d/Foo_Bar-1.0-py3-none-any.whl#sha256=ab',
      'foo-bar @ https://x.org/d/Foo_Bar-1.0-py3-none-any.whl#sha256=ab',
    ],
    ['./libs/simkit', 'file:///${PROJECT_ROOT}/libs/simkit'],
    ['./libs/simkit[fast] ; os_name == "nt"', 'file:///${PROJECT_ROOT}/libs/simkit[fast] ; os_name == "nt"'],
    ['-e ./libs/simkit', '-e file:///${PROJECT_ROOT}/libs/simkit'],
    ['-e "./libs/sim kit"', '-e file:///${PROJECT_ROOT}/libs/sim%20kit'],
    ['-e file:///${PROJECT_ROOT}/libs/simkit#egg=simkit', '-e file:///${PROJECT_ROOT}/libs/simkit#egg=simkit'],
    ['simkit @ file:///${PROJECT_ROOT}/libs/simkit', 'simkit @ file:///${PROJECT_ROOT}/libs/simkit'],
    ['../other', 'file:///${PROJECT_ROOT}/../other'],
    ['/home/me/other', 'file:///home/me/other'],
    ['libs/simkit', 'file:///${PROJECT_ROOT}/libs/simkit'],
    ['file:///${PROJECT_ROOT}/x.whl', 'file:///${PROJECT_ROOT}/x.whl'],
  ])('%s', (line, expected) => {
    expect(stored(line)).toBe(expected);
    expect(stored(expected)).toBe(expected);
  });

  it('keeps repository, ref and sub-folder apart', () => {
    expect(parseRequirementLine('git+https://user@g.com/a/b.git@feat/x#subdirectory=s', context)).toMatchObject({
      kind: 'vcs',
      vcs: 'git',
      repository: 'https://user@g.com/a/b.git',
      ref: 'feat/x',
      subdirectory: 's',
    });
    expect(parseRequirementLine('-e ./libs/a', context)).toMatchObject({
      kind: 'path',
      path: './libs/a',
      editable: true,
    });
    expect(requirementKey(parseRequirementLine('Foo.Bar @ https://x/y', context))).toBe('foo-bar');
  });

  it('uses the variables of the build backend', () => {
    const found = parseRequirementLine('./libs/a b', { ...context, exists: () => true });
    const root = context.scope.root;
    expect(formatRequirementLine(found, { root, env: {}, style: 'hatch' })).toBe('{root:uri}/libs/a%20b');
    expect(formatRequirementLine(found, { root, env: {}, style: 'none' })).toBe('file:///home/me/proj/libs/a%20b');
    expect(
      parseRequirementLine('a @ {root:uri}/libs/a', { ...context, scope: { root, env: {}, style: 'hatch' } }),
    ).toMatchObject({
      kind: 'path',
      path: './libs/a',
    });
  });

  it('reads relative paths from the folder the user is in', () => {
    expect(parseRequirementLine('../libs', { ...context, base: '/home/me/proj/src' })).toMatchObject({
      path: './libs',
    });
    expect(parseRequirementLine('.', context)).toMatchObject({ kind: 'path', path: '.' });
  });

  it.each([
    ['-e requests', /only a local folder or a version control URL can be editable/],
    ['./nope', /\.\/nope does not exist/],
    ['not a requirement', /not a requirement/],
    ['foo>=2<3', /must have a comma before "<3"/],
    ['foo>=2,,<3', /must not have an empty clause/],
    ["foo>='2'", /must name a version/],
    ['', /requirement/],
    ['git+ext::sh', /expected a version control URL/],
  ])('refuses %j', (line, message) => {
    expect(() => parseRequirementLine(line, context)).toThrow(message);
    expect(() => parseRequirementLine(line, context)).toThrow(
      expect.objectContaining({ code: 'TSPM_INVALID_REQUIREMENT' }),
    );
  });
});
