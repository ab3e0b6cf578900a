/** The answer of a CPython 3.11.7 on Linux to the probe program, with changes. */
export function probeAnswer(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    version: [3, 11, 7],
    executable: '/opt/python/bin/python3.11',
    prefix: '/opt/python',
    basePrefix: '/opt/python',
    implementation: 'cpython',
    platform: 'linux-x86_64',
    bits: 64,
    freeThreaded: false,
    debug: false,
    extensionSuffix: '.cpython-311-x86_64-linux-gnu.so',
    soabi: 'cpython-311-x86_64-linux-gnu',
    glibc: '2.36',
    manylinux: null,
    macos: null,
    markers: {
      implementation_name: 'cpython',
      implementation_version: '3.11.7',
      os_name: 'posix',
      platform_machine: 'x86_64',
      platform_python_implementation: 'CPython',
      platform_release: '6.1.0',
      platform_system: 'Linux',
      platform_version: '#1 SMP',
      python_full_version: '3.11.7',
      python_version: '3.11',
      sys_platform: 'linux',
    },
    ...changes,
  };
}
