import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkPackage } from '../../stores/test/checkPackage'

checkPackage('react', { react: '>=18' }, 1800)

test.each(['index.mjs', 'index.cjs'])("dist/%s begins with 'use client'", file => {
  expect(readFileSync(new URL(`../dist/${file}`, import.meta.url), 'utf8')).toMatch(/^['"]use client['"]/)
})
