const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `30m`, `2h`, `7d` in seconds; undefined for anything else. */
export function secondsOf(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return amount && unit ? Number(amount) * UNITS[unit as keyof typeof UNITS] : undefined;
}
