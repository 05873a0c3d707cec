import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { transformSync } from '@swc/core'
import { defineConfig, type UserConfig } from 'tsdown'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const banner = `/*! django-task-api ${version} | MIT */`
const polyfillNotices = [
  '/*! promise-polyfill | (c) 2014 Taylor Hakes, (c) 2014 Forbes Lindesay | MIT */',
  '/*! whatwg-fetch | (c) 2014-2023 GitHub, Inc. | MIT */',
]
const standIns = fileURLToPath(new URL('src/legacy/standIns.ts', import.meta.url))

type Target = 'es2020' | 'es5'

function minify(code: string, target: Target): string {
  return transformSync(code, {
    jsc: {
      target,
      parser: { syntax: 'ecmascript' },
      minify: { compress: true, mangle: true },
      // Arrays alone are looped over, so that ES5 needs no Symbol.
      assumptions: { iterableIsArray: true, arrayLikeIsIterable: true },
    },
    isModule: false,
    minify: true,
    swcrc: false,
    configFile: false,
  }).code
}

/**
 * Makes UMD (CommonJS, AMD, or the global) of `var TaskAPI = (function () {…})()`. It is smaller than the bundler's
 * own, which also looks for a global object that has no `self`: no browser or worker lacks that.
 */
function toUMD(iife: string): string {
  const factory = /^var TaskAPI = (\(function[\s\S]*\))\(\);\s*$/.exec(iife)?.[1]
  if (!factory) throw new Error('The bundler wraps the script otherwise than before.')
  return (
    '!function(f){typeof module=="object"?module.exports=f():' +
    `typeof define=="function"&&define.amd?define(f):self.TaskAPI=f()}(${factory})`
  )
}

/** One minified script that sets the global `TaskAPI`. */
function script(
  name: string,
  entry: string,
  target: Target,
  notices: string[],
  more: UserConfig = {},
): UserConfig {
  return {
    entry: { [name]: entry },
    format: 'iife',
    globalName: 'TaskAPI',
    platform: 'browser',
    target: 'es2020',
    dts: false,
    clean: false,
    deps: { alwaysBundle: [/./], onlyBundle: false },
    outputOptions: { exports: 'default', entryFileNames: '[name].min.js' },
    plugins: [
      {
        name: 'downlevel-and-minify',
        // Not renderChunk, after which the code is printed once more.
        generateBundle(_options, bundle) {
          for (const file of Object.values(bundle)) {
            if (file.type === 'chunk') file.code = [...notices, minify(toUMD(file.code), target)].join('\n')
          }
        },
      },
    ],
    ...more,
  }
}

export default defineConfig([
  {
    entry: 'src/index.ts',
    format: ['esm', 'cjs'],
    platform: 'neutral',
    target: 'es2020',
    dts: true,
    clean: false,
    fixedExtension: true,
    outputOptions: { exports: 'named' },
  },
  script('django-task-api', 'src/global.ts', 'es2020', [banner]),
  script('django-task-api.legacy', 'src/legacy/global.ts', 'es5', [banner, ...polyfillNotices], {
    inputOptions: {
      transform: {
        inject: {
          AbortController: [standIns, 'AbortController'],
          URL: [standIns, 'URL'],
          crypto: [standIns, 'crypto'],
        },
        define: {
          globalThis: 'self',
          'Symbol.asyncIterator': '"@@asyncIterator"',
          'Symbol.toStringTag': '"@@toStringTag"',
        },
      },
    },
  }),
])
