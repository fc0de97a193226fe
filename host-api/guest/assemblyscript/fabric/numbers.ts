// Numbers as texts, in the way that all kits write and read them.

/** Whether the last text that was parsed is a number of its type. */
export let isNumber: bool = false;

/** A whole number in decimal, with or without a sign. */
export function parseInteger<T>(text: string): T {
  isNumber = false;
  const negative = isSigned<T>() && text.startsWith("-");
  const begin = negative || text.startsWith("+") ? 1 : 0;
  if (begin == text.length) return 0;
  const bits: u64 = 8 * sizeof<T>();
  const most: u64 = isSigned<T>() ? (<u64>1 << (bits - 1)) - (negative ? 0 : 1) : u64.MAX_VALUE >> (64 - bits);
  let value: u64 = 0;
  for (let i = begin; i < text.length; i++) {
    if (!isDigit(text.charCodeAt(i))) return 0;
    const digit = <u64>(text.charCodeAt(i) - 0x30);
    if (value > (most - digit) / 10) return 0;
    value = 10 * value + digit;
  }
  isNumber = true;
  return <T>(negative ? 0 - value : value);
}

/** A number in decimal, with or without a sign, a fraction and an exponent; also "inf", "infinity" and "nan" in any case. */
export function parseFloat64(text: string): f64 {
  const rest = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
  const sign: f64 = text.startsWith("-") ? -1 : 1;
  isNumber = true;
  if (isWord(rest, "inf") || isWord(rest, "infinity")) return sign * Infinity;
  if (isWord(rest, "nan")) return NaN;
  isNumber = isDecimal(rest);
  return isNumber ? sign * parseFloat(rest) : 0;
}

/** Whether a text is digits, with a point among or beside them, and an exponent. */
function isDecimal(text: string): bool {
  let at = digits(text, 0);
  let count = at;
  if (at < text.length && text.charAt(at) == ".") {
    const end = digits(text, at + 1);
    count += end - at - 1;
    at = end;
  }
  if (count == 0) return false;
  if (at < text.length && (text.charCodeAt(at) | 0x20) == 0x65) {
    at++;
    if (at < text.length && (text.charAt(at) == "-" || text.charAt(at) == "+")) at++;
    if (digits(text, at) == at) return false;
    at = digits(text, at);
  }
  return at == text.length;
}

/** Whether a text is that word, in small letters or capitals. */
function isWord(text: string, word: string): bool {
  if (text.length != word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if ((text.charCodeAt(i) | 0x20) != word.charCodeAt(i)) return false;
  }
  return true;
}

/** A number without an exponent, and without a fraction where it has none. */
export function formatFloat64(value: f64): string {
  if (isNaN(value)) return "NaN";
  if (!isFinite(value)) return value < 0 ? "-inf" : "inf";
  const sign = value < 0 || 1 / value < 0 ? "-" : "";
  const text = abs(value).toString();
  const e = text.indexOf("e");
  const mantissa = e < 0 ? text : text.substring(0, e);
  const point = mantissa.indexOf(".");
  const whole = point < 0 ? mantissa : mantissa.substring(0, point);
  let fraction = point < 0 ? "" : mantissa.substring(point + 1);
  if (fraction == "0") fraction = "";
  const shift = whole.length + (e < 0 ? 0 : <i32>parseInteger<i64>(text.substring(e + 1)));
  const all = whole + fraction;
  if (shift <= 0) return sign + "0." + "0".repeat(-shift) + all;
  if (shift >= all.length) return sign + all + "0".repeat(shift - all.length);
  return sign + all.substring(0, shift) + "." + all.substring(shift);
}

/** Whether a character is a decimal digit. */
export function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

/** Where the digits end that begin at a place. */
function digits(text: string, at: i32): i32 {
  while (at < text.length && isDigit(text.charCodeAt(at))) at++;
  return at;
}
