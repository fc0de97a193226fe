import { JsonKind, JsonValue, quote } from "fabric";

/** An asset. As JSON its fields stand in the order of their names, so that every language writes the same bytes. */
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
    const color = quote(this.color), id = quote(this.id), owner = quote(this.owner);
    return `{"AppraisedValue":${this.appraisedValue},"Color":${color},"ID":${id},"Owner":${owner},"Size":${this.size}}`;
  }

  /** Null when the text is no asset. */
  static fromJson(text: string): Asset | null {
    const json = JsonValue.parse(text);
    if (!json) return null;
    const id = json.get("ID"), color = json.get("Color"), owner = json.get("Owner");
    const size = json.get("Size"), appraisedValue = json.get("AppraisedValue");
    if (!isText(id) || !isText(color) || !isText(owner) || !isInteger(size) || !isInteger(appraisedValue)) return null;
    return new Asset(id!.text, color!.text, size!.integer<i64>(), owner!.text, appraisedValue!.integer<i64>());
  }
}

function isText(value: JsonValue | null): bool {
  return value !== null && value.kind == JsonKind.Text;
}

function isInteger(value: JsonValue | null): bool {
  return value !== null && value.isInteger<i64>();
}
