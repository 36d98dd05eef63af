// MessagePack in 30 lines: all of it but extension types, which PWP/1 does not use. A package from npm does as well.
const number = (tag, size, n) => { const b = Buffer.alloc(size + 1, tag); b.writeUIntBE(n, 1, size); return b; };
const float = (n) => { const b = Buffer.alloc(9, 0xcb); b.writeDoubleBE(n, 1); return b; };
export function pack(v) {
  if (v === null || typeof v === "boolean") return Buffer.of(v === null ? 0xc0 : v ? 0xc3 : 0xc2);
  if (typeof v === "number") return Number.isInteger(v) && v >= 0 && v < 2 ** 32 ? number(0xce, 4, v) : float(v);
  if (typeof v === "string") return Buffer.concat([number(0xdb, 4, Buffer.byteLength(v)), Buffer.from(v)]);
  if (Buffer.isBuffer(v)) return Buffer.concat([number(0xc6, 4, v.length), v]);
  if (Array.isArray(v)) return Buffer.concat([number(0xdd, 4, v.length), ...v.map(pack)]);
  return Buffer.concat([number(0xdf, 4, Object.keys(v).length), ...Object.entries(v).flat().map(pack)]);
}
export function unpack(b) {
  let at = 0;
  const uint = (size) => (at += size, size < 8 ? b.readUIntBE(at - size, size) : Number(b.readBigUInt64BE(at - 8)));
  const int = (size) => (at += size, size < 8 ? b.readIntBE(at - size, size) : Number(b.readBigInt64BE(at - 8)));
  const bin = (n) => { if (at + n > b.length) throw Error("cut short"); return b.subarray(at, (at += n)); };
  const list = (n) => { const items = []; while (n-- > 0) items.push(next()); return items; };
  const map = (n, o = Object.create(null)) => { while (n-- > 0) { const key = next(); o[key] = next(); } return o; };
  function next() {
    const t = uint(1);
    if (t < 0xc0) return t < 0x80 ? t : t < 0x90 ? map(t & 15) : t < 0xa0 ? list(t & 15) : String(bin(t & 31));
    if (t >= 0xe0) return t - 256;
    if (t < 0xc4) return [null, null, false, true][t & 3];
    if (t < 0xc7) return bin(uint(1 << (t - 0xc4)));
    if (t < 0xca || (t > 0xd3 && t < 0xd9)) throw Error("extension types are not used");
    if (t < 0xcc) return t === 0xca ? b.readFloatBE((at += 4) - 4) : b.readDoubleBE((at += 8) - 8);
    if (t < 0xd4) return t < 0xd0 ? uint(1 << (t & 3)) : int(1 << (t & 3));
    return t < 0xdc ? String(bin(uint(1 << (t - 0xd9)))) : (t < 0xde ? list : map)(uint(2 << (t & 1)));
  }
  return next();
}
