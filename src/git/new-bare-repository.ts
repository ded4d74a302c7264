/** isomorphic-git's part of a ledger: an empty bare repository, and its settings. Named one by one, so that a bundle takes no more of it along. */

export { init, setConfig } from 'isomorphic-git';
