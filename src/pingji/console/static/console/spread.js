// Marks of the map that would lie on each other: each goes to the nearest place on the screen where
// nothing lies yet, so that all can be read and pointed at, and says where it belongs (`from`). What
// has a position of its own goes less far than what only lies somewhere in its township; a name is
// left free where that costs little; where no place is free, a mark stays.
const AIR = 2; // pixels between two marks
const RINGS_OWN = 2;
const RINGS_NEAR = 3;
const RINGS_FOR_NAMES = 1;
const BUCKET = 64;
const FIRST = ["incidents", "alerts", "checkpoints", "facilities", "teams", "vehicles", "equipment"];
const WIDE = /[\u2e80-\uffef]/; // Chinese letters are as wide as they are high

const widthOf = (text, size) =>
  [...String(text)].reduce((sum, letter) => sum + size * (WIDE.test(letter) ? 1 : 0.6), 0);

/** What lies where, by squares of the screen. */
class Taken {
  squares = new Map();

  * near({ left, top, right, bottom }) {
    for (let x = Math.floor(left / BUCKET); x <= Math.floor(right / BUCKET); x += 1) {
      for (let y = Math.floor(top / BUCKET); y <= Math.floor(bottom / BUCKET); y += 1) yield `${x},${y}`;
    }
  }

  add(box) {
    for (const square of this.near(box)) {
      if (!this.squares.has(square)) this.squares.set(square, []);
      this.squares.get(square).push(box);
    }
  }

  isFree(box) {
    for (const square of this.near(box)) {
      for (const other of this.squares.get(square) ?? []) {
        if (box.left < other.right && other.left < box.right
          && box.top < other.bottom && other.top < box.bottom) return false;
      }
    }
    return true;
  }
}

function* placesAround(step, rings) {
  yield [0, 0];
  for (let ring = 1; ring <= rings; ring += 1) {
    const count = 8 * ring;
    for (let at = 0; at < count; at += 1) {
      const angle = (2 * Math.PI * at) / count;
      yield [ring * step * Math.cos(angle), ring * step * Math.sin(angle)];
    }
  }
}

function boxOf(point, [x, y], size) {
  const half = size * (point.mark ? 0.75 : 0.6) + AIR;
  const text = point.free ? widthOf(point.free, size) + AIR * 2 : 0;
  return { left: x - half, right: x + half + text, top: y - half, bottom: y + half };
}

function labelBox({ name, at: [x, y] }, size) {
  const half = Math.min(7 * size, widthOf(name, size)) / 2;
  return { left: x - half, right: x + half, top: y + size * 0.95, bottom: y + size * 1.7 };
}

function placeOf(point, [x, y], size, rings, ...taken) {
  for (const [right, down] of placesAround(size * 1.5 + AIR * 2, rings)) {
    const place = [x + right, y + down];
    const box = boxOf(point, place, size);
    if (taken.every((one) => one.isFree(box))) return place;
  }
  return null;
}

/**
 * The points with what lies on another moved aside; such a one has its own place in `from`.
 *
 * @param points as the map is given them, lon and lat in degrees
 * @param labels the names on the map, with their place on the screen: {name, at: [x, y]}
 * @param size of letters in pixels
 * @param toScreen from [lon, lat] to [x, y], and toGround back
 */
export function spread(points, { labels = [], size, toScreen, toGround }) {
  const marks = new Taken();
  const names = new Taken();
  for (const label of labels) names.add(labelBox(label, size));
  const order = [...points.keys()].sort(
    (a, b) => FIRST.indexOf(points[a].layer) - FIRST.indexOf(points[b].layer) || a - b,
  );
  const moved = [...points];
  for (const at of order) {
    const point = points[at];
    if (point.lon === null || point.plain || !(point.mark || point.kind === "alert")) continue;
    const own = toScreen([point.lon, point.lat]);
    const rings = point.near ? RINGS_NEAR : RINGS_OWN;
    const place = placeOf(point, own, size, RINGS_FOR_NAMES, marks, names)
      ?? placeOf(point, own, size, rings, marks) ?? own;
    marks.add(boxOf(point, place, size));
    if (place[0] === own[0] && place[1] === own[1]) continue;
    const [lon, lat] = toGround(place);
    moved[at] = { ...point, lon, lat, from: [point.lon, point.lat] };
  }
  return moved;
}
