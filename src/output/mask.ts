/** Hides the password of every connection string in a text, whatever else it says. */
export function mask(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):\S*@/gi, '$1:***@')
    .replace(/([?&]password=)[^&\s]*/gi, '$1***');
}

/** Whether a connection string carries a password. */
export const hasPassword = (url: string): boolean => mask(url) !== url;
