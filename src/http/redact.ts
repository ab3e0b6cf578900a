/** `text` (a URL, or a message with URLs in it) without any `user:password@`: the only form that may be shown or stored. */
export function redactUrl(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1');
}
