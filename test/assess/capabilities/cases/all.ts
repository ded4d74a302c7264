/** All cases, by what they reach and how. */

import { accessors } from './accessors.js';
import { callSites, unnamedCallSites } from './call-sites.js';
import type { Case } from './case.js';
import { code } from './code.js';
import { caught, constructorsByKey, constructorsHandedOn, tables } from './constructors.js';
import { evasions } from './evasions.js';
import { files } from './files.js';
import { nothing } from './harmless.js';
import { hostClasses, hosts, inherited, kept } from './host-objects.js';
import { imports } from './imports.js';
import { environment, network } from './network-and-environment.js';
import { others } from './other-capabilities.js';
import { programs } from './programs.js';
import { calledByOthers, receivers } from './receivers.js';
import { handedBack, syntax } from './syntax.js';

export const CASES: readonly Case[] = [
  ...evasions,
  ...syntax,
  ...handedBack,
  ...constructorsHandedOn,
  ...constructorsByKey,
  ...tables,
  ...caught,
  ...callSites,
  ...unnamedCallSites,
  ...hosts,
  ...kept,
  ...inherited,
  ...hostClasses,
  ...accessors,
  ...receivers,
  ...calledByOthers,
  ...imports,
  ...nothing,
  ...files,
  ...programs,
  ...network,
  ...environment,
  ...code,
  ...others,
];
