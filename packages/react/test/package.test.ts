import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkPackage } from '../../adapter-kit/src/checkPackage'

checkPackage('react', { react: '>=18' }, { module: 1200, script: 2000 })

test.each(['index.mjs', 'index.cjs'])("dist/%s begins with 'use client'", file => {
  expect(readFileSync(new URL(`../dist/${file}`, import.meta.url), 'utf8')).toMatch(/^['"]use client['"]/)
})
