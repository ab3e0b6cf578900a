/** The package's version; the bundler replaces it. */
declare const __TSPM_VERSION__: string;
