/** What is wrong with a pack, said as the end of "it sent a pack …". */
export class DamagedPack extends Error {
  override readonly name = 'DamagedPack';
}
