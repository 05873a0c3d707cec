import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { minifySync, transformSync } from '@swc/core'
import { defineConfig, type UserConfig } from 'tsdown'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const banner = `/*! django-task-api ${version} | MIT */`
const polyfillNotices = [
  '/*! promise-polyfill | (c) 2014 Taylor Hakes, (c) 2014 Forbes Lindesay | MIT */',
  '/*! whatwg-fetch | (c) 2014-2023 GitHub, Inc. | MIT */',
]
const standIns = fileURLToPath(new URL('src/legacy/standIns.ts', import.meta.url))

type Target = 'es2020' | 'es5'

function downlevel(code: string, target: Target): string {
  const { code: output } = transformSync(code, {
    jsc: {
      target,
      parser: { syntax: 'ecmascript' },
      // Arrays alone are looped over, so that ES5 needs no Symbol.
      assumptions: { iterableIsArray: true, arrayLikeIsIterable: true },
    },
    isModule: false,
    swcrc: false,
    configFile: false,
  })
  return output
}

/**
 * Makes UMD (CommonJS, AMD, or the global) of a CommonJS script that only exports. It is smaller than the bundler's
 * own, which also looks for a global object that has no `self`: no browser or worker lacks that.
 */
function toUMD(script: string): string {
  const body = script.replace(/module\.exports = (\w+);\s*$/, 'return $1')
  return (
    '!function(f){typeof module=="object"?module.exports=f():' +
    `typeof define=="function"&&define.amd?define(f):self.TaskAPI=f()}(function(){${body}})`
  )
}

/** Names of properties that no user and no platform sees. */
const ownProperties =
  '^(creation|everyAnswer|follow|isOn|limit|onAdded|onEmpty|onEnd|peek|receive|setState|watching)$'

function build(code: string, target: Target): string {
  const ecma = target === 'es5' ? 5 : 2020
  // Downlevelled before it is wrapped, so that the functions which that adds are not globals of the page.
  const script = toUMD(downlevel(code, target))
  // Nothing here is called with `new` that became an arrow function.
  const compress = { ecma, passes: 3, unsafe_arrows: true, unsafe_methods: true } as const
  const mangle = { props: { regex: ownProperties } }
  return minifySync(script, { compress, mangle, ecma, module: false }).code
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
    format: 'cjs',
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
            if (file.type === 'chunk') file.code = [...notices, build(file.code, target)].join('\n')
          }
        },
      },
    ],
    ...more,
  }
}

export default defineConfig([
  {
    entry: { index: 'src/index.ts', stores: 'src/stores/index.ts' },
    format: ['esm', 'cjs'],
    platform: 'neutral',
    target: 'es2020',
    dts: true,
    clean: false,
    fixedExtension: true,
    // No hashes: a page without a build may want to preload what the entries share.
    outputOptions: (options, format) => ({
      ...options,
      exports: 'named',
      chunkFileNames: format === 'cjs' ? '[name].cjs' : '[name].mjs',
    }),
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
