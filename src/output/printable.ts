/** Text from the database for a terminal: what would steer it becomes visible; tabs and line ends stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it makes visible
export const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
