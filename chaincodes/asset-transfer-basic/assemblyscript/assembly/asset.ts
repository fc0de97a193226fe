// Assets as JSON: the fields in the order of their names, so that every language writes the same bytes.

import { isDigit } from "./arguments";

@final
export class Asset {
  constructor(
    public id: string,
    public color: string,
    public size: i64,
    public owner: string,
    public appraisedValue: i64,
  ) {}

  toJson(): string {
    const value = this.appraisedValue.toString();
    const color = quote(this.color);
    const id = quote(this.id);
    const owner = quote(this.owner);
    return `{"AppraisedValue":${value},"Color":${color},"ID":${id},"Owner":${owner},"Size":${this.size.toString()}}`;
  }

  /** Reads what toJson wrote. */
  static fromJson(json: string): Asset {
    const reader = new Reader(json);
    reader.skip('{"AppraisedValue":');
    const appraisedValue = reader.integer();
    reader.skip(',"Color":');
    const color = reader.text();
    reader.skip(',"ID":');
    const id = reader.text();
    reader.skip(',"Owner":');
    const owner = reader.text();
    reader.skip(',"Size":');
    return new Asset(id, color, reader.integer(), owner, appraisedValue);
  }
}

const HEX = "0123456789abcdef";

function quote(text: string): string {
  let quoted = '"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code == 0x22) quoted += '\\"';
    else if (code == 0x5c) quoted += "\\\\";
    else if (code >= 0x20) quoted += text.charAt(i);
    else if (code == 0x08) quoted += "\\b";
    else if (code == 0x09) quoted += "\\t";
    else if (code == 0x0a) quoted += "\\n";
    else if (code == 0x0c) quoted += "\\f";
    else if (code == 0x0d) quoted += "\\r";
    else quoted += "\\u00" + HEX.charAt(code >> 4) + HEX.charAt(code & 15);
  }
  return quoted + '"';
}

@final
class Reader {
  private at: i32 = 0;

  constructor(private json: string) {}

  skip(expected: string): void {
    if (!this.json.startsWith(expected, this.at)) throw new Error("not an asset");
    this.at += expected.length;
  }

  integer(): i64 {
    const begin = this.at;
    while (this.at < this.json.length && (isDigit(this.json.charCodeAt(this.at)) || this.json.charAt(this.at) == "-")) this.at++;
    return I64.parseInt(this.json.substring(begin, this.at));
  }

  text(): string {
    this.skip('"');
    let text = "";
    while (this.json.charAt(this.at) != '"') {
      if (this.at >= this.json.length) throw new Error("not an asset");
      if (this.json.charAt(this.at) != "\\") {
        text += this.json.charAt(this.at++);
        continue;
      }
      const escape = this.json.charAt(this.at + 1);
      this.at += 2;
      if (escape == "b") text += "\b";
      else if (escape == "t") text += "\t";
      else if (escape == "n") text += "\n";
      else if (escape == "f") text += "\f";
      else if (escape == "r") text += "\r";
      else if (escape == "u") {
        text += String.fromCharCode(<i32>I32.parseInt(this.json.substring(this.at, this.at + 4), 16));
        this.at += 4;
      } else text += escape;
    }
    this.at++;
    return text;
  }
}
