// Keys as both protocols press them.

/** @param {readonly string[]} keys */
export function keyActions(keys) {
  const actions = keys.flatMap((value) => [
    { type: 'keyDown', value },
    { type: 'keyUp', value },
  ]);
  return [{ type: 'key', id: 'keyboard', actions }];
}
