import { execFileSync } from 'node:child_process'
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { install } from '../../adapter-kit/src/installation'
import { browse } from '../../adapter-kit/src/sumPage'

const here = (path: string) => realpathSync(fileURLToPath(new URL(path, import.meta.url)))
const folder = install(['core', 'react'], {
  react: here('../node_modules/react'),
  'react-dom': here('../node_modules/react-dom'),
})
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)

/** An app that runs one task as soon as it is there. */
const app = `
function Sum() {
  const sum = useTask('sum')
  useEffect(() => void sum.run({ numbers: [1, 2] }), [])
  return createElement('p', null, sum.status + (sum.isSucceeded ? ' ' + sum.outputs.sum : ''))
}
createRoot(document.querySelector('#app')).render(createElement(Sum))
`
const imports = `
import { createElement, useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { useTask } from '@django-task-api/react'
`

test('an app that Vite builds runs a task', async () => {
  write('app.js', imports + app)
  write('index.html', '<div id="app"></div><script type="module" src="./app.js"></script>')
  await build({
    root: folder,
    base: './',
    logLevel: 'error',
    build: { outDir: 'built', modulePreload: false },
  })
  expect(await browse(join(folder, 'built'), 'index.html')).toContain('<p>succeeded 3</p>')
}, 120_000)

test('a page with an import map runs a task, without a build', async () => {
  // React has no ES modules of its own: sites that serve some make them like this.
  const react =
    "import * as React from 'react'; export const { createContext, createElement, useContext, useEffect, useInsertionEffect, useMemo, useRef, useSyncExternalStore } = React; export { createRoot } from 'react-dom/client'"
  write('react.js', react)
  await build({
    root: folder,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { outDir: 'served', lib: { entry: 'react.js', formats: ['es'], fileName: () => 'react.mjs' } },
  })
  const map = {
    react: './served/react.mjs',
    'react-dom/client': './served/react.mjs',
    'django-task-api': './node_modules/django-task-api/dist/index.mjs',
    'django-task-api/stores': './node_modules/django-task-api/dist/stores.mjs',
    '@django-task-api/react': './node_modules/@django-task-api/react/dist/index.mjs',
  }
  write(
    'map.html',
    `<div id="app"></div>
    <script type="importmap">${JSON.stringify({ imports: map })}</script>
    <script type="module">${imports}${app}</script>`,
  )
  expect(await browse(folder, 'map.html')).toContain('<p>succeeded 3</p>')
}, 120_000)

test("a page with script tags alone runs a task with React 18's globals", async () => {
  const script = (path: string) =>
    `<script>${readFileSync(path, 'utf8').replaceAll('</script>', '<\\/script>')}</script>`
  write(
    'tags.html',
    `<div id="app"></div>
    ${script(here('react18/node_modules/react/umd/react.production.min.js'))}
    ${script(here('react18/node_modules/react-dom/umd/react-dom.production.min.js'))}
    ${script(join(folder, 'node_modules/django-task-api/dist/django-task-api.min.js'))}
    ${script(join(folder, 'node_modules/@django-task-api/react/dist/django-task-api-react.min.js'))}
    <script>
      const { createElement, useEffect } = React
      const { createRoot } = ReactDOM
      const { useTask } = TaskAPIReact
      ${app}
    </script>`,
  )
  expect(await browse(folder, 'tags.html')).toContain('<p>succeeded 3</p>')
}, 120_000)

test.each(['require', 'script'])('a CommonJS program renders: %s', kind => {
  const name = kind === 'script' ? '/dist/django-task-api-react.min.js' : ''
  write(
    'program.cjs',
    `const { createElement } = require('react')
    const { renderToString } = require('react-dom/server')
    const { useTask, useTaskClient } = require('@django-task-api/react${name}')
    function Sum() {
      return useTask('sum').status + ' ' + (useTaskClient() === require('django-task-api').default)
    }
    console.log(renderToString(createElement(Sum)))`,
  )
  expect(execFileSync(process.execPath, ['program.cjs'], { cwd: folder, encoding: 'utf8' })).toBe(
    'idle true\n',
  )
})

test('an ES module renders', () => {
  write(
    'program.mjs',
    `import { createElement } from 'react'
    import { renderToString } from 'react-dom/server'
    import { useTask } from '@django-task-api/react'
    console.log(renderToString(createElement(() => useTask('sum').status)))`,
  )
  expect(execFileSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8' })).toBe('idle\n')
})
