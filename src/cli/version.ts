/** The version of tspm as the bundle holds it; from source there is none. */
export const VERSION: string = typeof __TSPM_VERSION__ === 'string' ? __TSPM_VERSION__ : '0.0.0';
