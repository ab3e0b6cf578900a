/** Source archives that build themselves: the backend lies in their own tree (PEP 517 `backend-path`), so that nothing has to be installed. */
import { type BuiltSdist, buildSdist, type SdistSpec } from './sdist.ts';

/** A backend that makes a wheel of one module; what it does is in `PLAN` of the same folder. */
const BACKEND = `
import base64, hashlib, json, os, sys, time, zipfile
import plan

def _dist_info():
    return "%s-%s.dist-info" % (plan.NAME.replace("-", "_"), plan.VERSION)

def _metadata():
    lines = ["Metadata-Version: 2.1", "Name: " + plan.NAME, "Version: " + plan.VERSION]
    return "\\n".join(lines + ["Requires-Dist: " + line for line in plan.REQUIRES]) + "\\n"

def _wheel(folder, files):
    files = dict(files)
    info = _dist_info()
    files[info + "/METADATA"] = _metadata()
    files[info + "/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    record = []
    name = info[:-len(".dist-info")] + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in files.items():
            data = text.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append("%s,sha256=%s,%d\\n" % (path, digest, len(data)))
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), data)
        record.append(info + "/RECORD,,\\n")
        archive.writestr(zipfile.ZipInfo(info + "/RECORD", (2020, 1, 1, 0, 0, 0)), "".join(record))
    return name

def build_wheel(folder, config_settings=None, metadata_directory=None):
    plan.during(config_settings)
    built = {"settings": config_settings, "path": sys.path, "env": sorted(os.environ)}
    module = plan.NAME.replace("-", "_")
    return _wheel(folder, {module + ".py": "version = %r\\nbuilt = %r\\n" % (plan.VERSION, built)})
`;

/** What the archive's backend shall do. */
export interface BuildPlan extends SdistSpec {
  /** Python statements that run during build_wheel, with `settings` (the config settings) at hand. */
  readonly during?: string;
  /** Python added to the backend: further hooks. */
  readonly hooks?: string;
  /** Requirement lines of `[build-system]`. */
  readonly buildRequires?: readonly string[];
  /** What the wheel says, when that differs from the archive. */
  readonly wheelVersion?: string;
}

/** A source archive that tells nothing without being built and has its backend with it. */
export function selfBuildingSdist(plan: BuildPlan): BuiltSdist {
  const { name, version } = plan;
  return buildSdist({ name, version, files: { ...selfBuildingFiles(plan), ...plan.files } });
}

/** The files of such a source tree, by path. */
export function selfBuildingFiles(plan: BuildPlan): Readonly<Record<string, string>> {
  const { name, version, requires = [], during = 'pass', hooks = '', buildRequires = [], wheelVersion } = plan;
  const system = `[build-system]\nrequires = ${JSON.stringify(buildRequires)}\n`;
  return {
    'PKG-INFO': `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    'pyproject.toml': `${system}build-backend = "backend"\nbackend-path = ["build-tools"]\n`,
    'build-tools/backend.py': BACKEND + hooks,
    'build-tools/plan.py': [
      'import os, signal, subprocess, sys, time',
      `NAME = ${JSON.stringify(name)}`,
      `VERSION = ${JSON.stringify(wheelVersion ?? version)}`,
      `REQUIRES = ${JSON.stringify(requires)}`,
      'def during(settings):',
      ...during.split('\n').map((line) => `    ${line}`),
      '',
    ].join('\n'),
  };
}
