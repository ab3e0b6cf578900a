/** In the project folder while several of its files are being replaced as one change. */
export const PENDING_RECORD = '.tspm-pending.json';
