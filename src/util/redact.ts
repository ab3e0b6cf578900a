/**
 * `text` (a URL, or a message with URLs in it) without any `user:password@`: the only form that may be shown or stored. A scheme
 * may have been forgotten.
 */
export function redactUrl(text: string): string {
  return text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1')
    .replaceAll(/(^|\/\/|[\s"'(])[^\s:/?#@"'(]+:[^\s:/?#@][^\s/?#@]*@(?=[^\s@])/g, '$1');
}

/** The same, also without the values of queries (`?token=…`): the form for the screen. */
export function redactText(text: string): string {
  return redactUrl(text).replaceAll(
    /(https?:\/\/[^\s?#"'<>]*\?)([^\s#"'<>)]*?)(?=[:;,.]*(?:[\s#"'<>)]|$))/gi,
    (_, place: string, query: string) => place + (query.includes('=') ? query.replaceAll(/=[^&]*/g, '=***') : '***'),
  );
}
