/** What the members of things give, by names that are known and by those that are not. */

import type { Member, PowerfulObject } from './builtin-modules.js';
import { type EscapedThings, usePowers } from './escaped-things.js';
import type { KeptValues } from './kept-values.js';
import { ANYTHING, globalMember, memberOf, powersOf } from './powerful-things.js';
import type { StepBudget } from './step-budget.js';
import type { UseLog, UseSite } from './use-log.js';
import { type Cells, holderOf, instanceOf, NOTHING, one, type Thing, UNKNOWN, union, type Value } from './values.js';

/** What may be a function of somebody else, whose constructor is Function. */
const MAYBE_FUNCTIONS: ReadonlySet<Thing> = new Set(['unknown', 'computed', 'keyed', 'host-class', 'Error']);

/** The arguments of a function. */
const ARGUMENTS = 'arguments:';

const FUNCTION_LIKE: ReadonlySet<Thing> = new Set(['eval', 'createRequire', 'Module._load', 'getBuiltinModule']);

/** The question for a member of something, null for those whose names are not known. */
function followingKey(from: string, name: string | null): string {
  return `${from}\0${name === null ? '' : `.${name}`}`;
}

export class Members {
  readonly #cells: Cells;
  readonly #uses: UseLog;
  readonly #steps: StepBudget;
  readonly #escaped: EscapedThings;
  readonly #kept: KeptValues;
  /** Questions for members that are not answered yet, and where the outermost has led so far. */
  #questions = 0;
  #following = new Set<string>();

  constructor(cells: Cells, uses: UseLog, steps: StepBudget, escaped: EscapedThings, kept: KeptValues) {
    this.#cells = cells;
    this.#uses = uses;
    this.#steps = steps;
    this.#escaped = escaped;
    this.#kept = kept;
  }

  /** What the members with these names are; null for names that are not known. */
  of(value: Value, names: readonly string[] | null, spot: UseSite): Value {
    const found: Value[] = [];
    this.#questions += 1;
    try {
      for (const thing of value) {
        if (names === null) found.push(this.#anyMember(thing, spot));
        else for (const name of names) found.push(this.#namedMember(thing, name, spot));
      }
    } finally {
      this.#questions -= 1;
      if (this.#questions === 0) this.#following.clear();
    }
    return union(...found);
  }

  #named(name: string): Value {
    return union(UNKNOWN, this.#kept.get(name));
  }

  #namedMember(thing: Thing, name: string, spot: UseSite): Value {
    if (thing.startsWith('file:')) return this.#exportOf(thing.slice('file:'.length), name, spot);
    if (thing.startsWith('module:') && name === 'exports') {
      const path = thing.slice('module:'.length);
      return union(one(`file:${path}`), this.#cells.get(`e:${path}\0=`));
    }
    if (thing === 'helpers') return one('helpers');
    if (thing === 'host-class')
      return name === 'constructor' ? new Set(['constructor', 'host-class']) : this.#hostMember(name);
    if (thing === 'names' && name !== 'constructor') return union(one('names'), this.#cells.get(`p:${name}`));
    if (thing === 'called-global' || thing === 'returned-global' || thing === 'any-object')
      return this.#memberOfThis(thing, name, spot);
    // What a function has under a name that is not known may be who called, whose arguments may be `require`.
    if (thing === 'keyed-constructor' && /^(?:arguments|caller)$/.test(name)) this.#uses.undetermined(['code'], spot);
    const powers = powersOf(thing);
    if (powers !== null) return this.#powerfulMember(thing, powers, name, spot);
    if (thing.startsWith('fn:') || FUNCTION_LIKE.has(thing)) return this.#functionMember(thing, name, spot);
    return this.#objectMember(thing, name, spot);
  }

  /** A member of a class that objects of the host are made of, or of its module. */
  #hostMember(name: string): Value {
    return union(one(name === 'prototype' ? 'prototype' : 'host-class'), this.#named(name));
  }

  /** A member of a literal or an instance of the module, or of an object of which nothing is known. */
  #objectMember(thing: Thing, name: string, spot: UseSite): Value {
    if (thing.startsWith(ARGUMENTS)) return name === 'callee' ? one(thing.slice(ARGUMENTS.length)) : NOTHING;
    if (name === '__proto__') return union(one('prototype'), this.#named(name));
    if (name === 'prototype' && thing === 'Object') return one('prototype');
    if (name === 'constructor') return this.#constructorOf(thing);
    if (thing === 'maybe-global') this.#perhaps(globalMember(name), spot);
    if (thing.startsWith('obj:')) {
      const known = this.#kept.get(name);
      const inner = this.#throughOnce(followingKey(thing, name), name, this.#cells.get(`spread:${thing}`), spot);
      return known.size === 0 && inner.size === 0 ? UNKNOWN : union(known, inner);
    }
    if (thing.startsWith('new:')) {
      const above = this.#throughOnce(followingKey(thing, name), name, this.#inheritedBy(thing), spot);
      return union(this.#named(name), above);
    }
    return this.#named(name);
  }

  /** What an instance inherits from that was put there: the prototype of its function, and of those that its class extends. */
  #inheritedBy(instance: Thing): Value {
    const above = [...this.#cells.get(`spread:${holderOf(instance)}`)].filter((thing) => thing.startsWith('fn:'));
    return union(this.#cells.get(`spread:${instance}`), new Set(above.map(instanceOf)));
  }

  #constructorOf(thing: Thing): Value {
    const holder = holderOf(thing);
    if (holder !== null && holder !== thing) return union(UNKNOWN, one(holder));
    return thing === 'self' || thing === 'maybe-global' ? UNKNOWN : one('constructor');
  }

  /** A member of `this` in a function that others call: whatever of what it may be has the name may be reached. */
  #memberOfThis(thing: Thing, name: string, spot: UseSite): Value {
    this.#perhaps(globalMember(name), spot);
    if (thing === 'any-object')
      for (const each of ['process', 'require', 'foreign-module']) this.#perhaps(memberOf(each, name), spot);
    return this.#named(name);
  }

  /** A member of a function, or of a class. */
  #functionMember(thing: Thing, name: string, spot: UseSite): Value {
    if (name === 'constructor') return one('Function');
    if (name === '__proto__') return one('Function.prototype');
    if (name === 'prototype')
      return union(this.#named(name), thing.startsWith('fn:') ? one(instanceOf(thing)) : NOTHING);
    if (name === 'arguments') this.#escaped.add(this.#cells.get(`args:${thing}`), spot);
    // In sloppy code a function knows who called it, and with what: around a file that is with `require`.
    if (name === 'caller') this.#uses.undetermined(['code'], spot);
    const base = this.#cells.get(`spread:${thing}`);
    return union(this.#named(name), this.#throughOnce(followingKey(thing, name), name, base, spot));
  }

  #perhaps(gives: Member | null, spot: UseSite): void {
    if (gives === null) return;
    this.#uses.undetermined('thing' in gives ? (powersOf(gives.thing)?.whole ?? []) : gives, spot);
  }

  #powerfulMember(thing: Thing, powers: PowerfulObject, name: string, spot: UseSite): Value {
    if (thing.startsWith('builtin:') && (name === 'default' || name === 'module.exports')) return one(thing);
    // `module.__proto__` has what `module` inherits.
    if (name === '__proto__' && !Object.hasOwn(powers.members, name)) return one(thing);
    if (name === '__lookupGetter__') return this.#anyMember(thing, spot);
    const gives = Object.hasOwn(powers.members, name) ? powers.members[name] : powers.others;
    if (gives === undefined || gives === 'undetermined') {
      this.#uses.undetermined(powers.whole, spot);
      return this.#named(name);
    }
    if ('thing' in gives) return union(one(gives.thing), this.#cells.get(`p:${name}`));
    this.#uses.present(gives, spot);
    return this.#named(name);
  }

  #anyMember(thing: Thing, spot: UseSite): Value {
    const powers = powersOf(thing);
    if (powers !== null) {
      usePowers(this.#uses, thing, powers, spot);
      if (MAYBE_FUNCTIONS.has(thing)) return new Set(['computed', 'keyed']);
      return thing === 'stream' ? new Set(['computed', 'stream-class']) : one('computed');
    }
    if (thing === 'helpers') return one('helpers');
    if (thing === 'returned-global') this.#uses.undetermined(ANYTHING, spot);
    if (thing.startsWith('fn:')) {
      this.#escaped.add(this.#cells.get(`args:${thing}`), spot);
      return new Set(['computed', 'keyed-constructor']);
    }
    if (thing.startsWith('file:')) this.#escaped.add(one(thing), spot);
    this.#kept.readByUnknownName();
    this.#throughOnce(followingKey(thing, null), null, this.#cells.get(`spread:${thing}`), spot);
    return MAYBE_FUNCTIONS.has(thing) ? new Set(['computed', 'keyed']) : one('computed');
  }

  /** What a file of the module exports under a name. */
  #exportOf(path: string, name: string, spot: UseSite): Value {
    const key = followingKey(path, name);
    // With a compiler's helpers each file may be the default of each: then most ways lead back.
    if (this.#following.has(key)) return NOTHING;
    const whole = this.#cells.get(`e:${path}\0=`);
    const own = `file:${path}`;
    const inner = new Set([...whole].filter((thing) => thing !== own));
    const stars = new Set([...this.#cells.get(`star:${path}`)].filter((thing) => thing !== own));
    return union(
      UNKNOWN,
      this.#cells.get(`e:${path}\0${name}`),
      name === 'default' ? inner : this.#throughOnce(key, name, union(inner, stars), spot),
    );
  }

  /**
   * Files may export from one another in a circle and by many ways, and literals be spread into one another. Each is followed once: what it
   * gives is in the union of the outermost question then, and there are more ways than anybody can go.
   */
  #throughOnce(key: string, name: string | null, value: Value, spot: UseSite): Value {
    if (value.size === 0 || this.#following.has(key)) return NOTHING;
    this.#following.add(key);
    this.#steps.spend(value.size);
    return this.of(value, name === null ? null : [name], spot);
  }
}
