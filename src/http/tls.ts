/** Which certificate authorities are trusted for a source, and the client certificate shown to it. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type SecureContext, createSecureContext, rootCertificates } from 'node:tls';
import { TspmError } from '../errors.ts';
import type { Env } from './proxy.ts';

/** TLS settings of a source; paths are absolute. */
export interface TlsSettings {
  readonly verifySsl: boolean;
  readonly caCerts?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
}

/** What `tls.connect` is given; one context is shared by all connections because building one takes 17 ms. */
export interface TlsOptions {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
}

/**
 * Trust: the source's `ca_certs` alone when set; else Node's own authorities with the first of REQUESTS_CA_BUNDLE,
 * CURL_CA_BUNDLE and SSL_CERT_FILE, or the system's bundle when none is set. Throws TSPM_CONFIG_INVALID for files that cannot be used.
 */
export function tlsOptions(settings: TlsSettings, env: Env): TlsOptions {
  const authorities = settings.verifySsl ? trustedAuthorities(settings.caCerts, env) : undefined;
  const client =
    settings.clientCert === undefined
      ? {}
      : {
          cert: readPem(settings.clientCert, 'client_cert'),
          key: readPem(settings.clientKey ?? settings.clientCert, 'client_key'),
        };
  try {
    const secureContext = createSecureContext({ ...(authorities === undefined ? {} : { ca: authorities }), ...client });
    return { secureContext, rejectUnauthorized: settings.verifySsl };
  } catch (error) {
    const files = [settings.caCerts, settings.clientCert, settings.clientKey].filter((file) => file !== undefined);
    throw new TspmError('TSPM_CONFIG_INVALID', `the certificates in ${files.join(', ')} cannot be used`, {
      cause: error,
    });
  }
}

const BUNDLE_VARIABLES = ['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE'] as const;

/** Debian, Fedora, SUSE, then Alpine and macOS. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Undefined: Node's own. NODE_EXTRA_CA_CERTS is read here, as the shell front hides it from the start of Node. */
function trustedAuthorities(caCerts: string | undefined, env: Env): string[] | undefined {
  if (caCerts !== undefined) return certificatesIn(caCerts, 'ca_certs');
  const extraFile = env['NODE_EXTRA_CA_CERTS'] ?? '';
  const found = [
    ...(environmentBundle(env) ?? systemBundle()),
    ...(extraFile === '' ? [] : certificatesOrNone(extraFile)),
  ];
  const known = new Set(rootCertificates.map(withoutBlanks));
  const added = found.filter((certificate) => {
    const text = withoutBlanks(certificate);
    return !known.has(text) && known.add(text);
  });
  return added.length === 0 ? undefined : [...rootCertificates, ...added];
}

function environmentBundle(env: Env): readonly string[] | undefined {
  for (const name of BUNDLE_VARIABLES) {
    const file = env[name];
    if (file !== undefined && file !== '') return certificatesIn(file, name);
  }
  return undefined;
}

function systemBundle(): readonly string[] {
  for (const file of SYSTEM_BUNDLES) {
    const certificates = certificatesOrNone(file);
    if (certificates.length > 0) return certificates;
  }
  return [];
}

/** Node itself only warns about a bad NODE_EXTRA_CA_CERTS; a system without a bundle is none of the user's faults. */
function certificatesOrNone(file: string): string[] {
  try {
    return certificatesIn(file, file);
  } catch {
    return [];
  }
}

/** The certificates of a PEM file, or of all files of a folder; none at all is an error. */
function certificatesIn(file: string, setting: string): string[] {
  const certificates = pemTexts(file, setting).flatMap(
    (text) => text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [],
  );
  if (certificates.length > 0) return certificates;
  throw new TspmError('TSPM_CONFIG_INVALID', `${setting} names ${file}, which has no certificate in PEM form`);
}

function pemTexts(file: string, setting: string): string[] {
  let names: string[];
  try {
    names = readdirSync(file).sort();
  } catch {
    return [readPem(file, setting)];
  }
  return names
    .filter((name) => /\.(?:pem|crt|cer|\d+)$/.test(name))
    .map((name) => readPem(path.join(file, name), setting));
}

function readPem(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TspmError('TSPM_CONFIG_INVALID', `${setting} names ${file}, which cannot be read`, { cause: error });
  }
}

function withoutBlanks(pem: string): string {
  return pem.replace(/\s+/g, '');
}
