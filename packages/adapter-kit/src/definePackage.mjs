// JavaScript, because it is imported by configuration files, which Node runs as they are.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { minifySync } from '@swc/core'

const file = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))

/**
 * @typedef {object} Script
 * @property {string} name - the file's name, without `.min.js`
 * @property {string} global - the global that it sets
 * @property {string} framework - the package that it finds on the page
 * @property {string} frameworkGlobal - that package's global
 */

/**
 * Configures the build of a package for a framework: ES and CommonJS modules with their types, and one minified
 * script for script tags.
 *
 * @param {string} folder - the package's
 * @param {Script} script
 * @param {string} [directive] - what the modules begin with
 * @returns {import('tsdown').UserConfig[]}
 */
export function definePackage(folder, script, directive = '') {
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const notice = `/*! ${script.name} ${version} | MIT */`
  /** @type {import('tsdown').UserConfig} */
  const common = {
    platform: 'neutral',
    target: 'es2020',
    clean: false,
  }
  return [
    {
      ...common,
      entry: 'src/index.ts',
      format: ['esm', 'cjs'],
      dts: true,
      fixedExtension: true,
      banner: { js: directive },
      outputOptions: { exports: 'named' },
    },
    {
      ...common,
      entry: { [script.name]: 'src/index.ts' },
      format: 'cjs',
      dts: false,
      // A script tag gives the client alone: the stores come along with the hooks.
      deps: { alwaysBundle: [/^django-task-api/], onlyBundle: false },
      inputOptions: {
        resolve: {
          alias: {
            'django-task-api/stores': file('../../core/src/stores/index.ts'),
            // The bundler's way of importing a default export would weigh more than anything in here.
            'django-task-api': file('defaultClient.mjs'),
          },
        },
      },
      outputOptions: { exports: 'named', entryFileNames: '[name].min.js' },
      plugins: [
        {
          name: 'wrap-and-minify',
          // Not renderChunk, after which the code is printed once more.
          generateBundle(_options, bundle) {
            for (const file of Object.values(bundle)) {
              if (file.type === 'chunk') file.code = `${notice}\n${minify(toUMD(file.code, script))}`
            }
          },
        },
      ],
    },
  ]
}

/**
 * Makes UMD (CommonJS, AMD, or the global) of a CommonJS script.
 *
 * @param {string} code
 * @param {Script} script
 */
function toUMD(code, { global, framework, frameworkGlobal }) {
  const body = code
    .replace(`require("${framework}")`, 'framework')
    .replace(/Object.defineProperty\(exports, Symbol.toStringTag.*/, '')
  return (
    `!function(f){typeof module=="object"?f(exports,require("${framework}"),require("django-task-api").default):` +
    `typeof define=="function"&&define.amd?define(["exports","${framework}","django-task-api"],f):` +
    `f(self.${global}={},${frameworkGlobal},TaskAPI)}(function(exports,framework,defaultClient){${body}})`
  )
}

/** @param {string} code */
function minify(code) {
  const compress = /** @type {const} */ ({ ecma: 2020, passes: 3, unsafe_arrows: true, unsafe_methods: true })
  return minifySync(code, { compress, mangle: true, ecma: 2020, module: false }).code
}
