import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

/** A package of this repository by its source, so that none has to be built before. Yours come from npm. */
const source = (name: string) => fileURLToPath(new URL(`../../packages/${name}/index.ts`, import.meta.url))

export default defineConfig({
  plugins: [react(), vue()],
  // The scripts find each other by their own addresses, wherever Django's STATIC_URL is.
  base: './',
  resolve: {
    alias: {
      '@django-task-api/react': source('react/src'),
      '@django-task-api/vue': source('vue/src'),
      'django-task-api/stores': source('core/src/stores'),
      'django-task-api': source('core/src'),
    },
    dedupe: ['react', 'vue'],
  },
  build: {
    // Where Django's staticfiles finds it, as it does all that is in an app's folder `static`.
    outDir: '../demo/static/frontend',
    emptyOutDir: true,
    // Tells Django the names of the scripts, which change with their contents.
    manifest: 'manifest.json',
    rolldownOptions: { input: { react: 'src/react/main.tsx', vue: 'src/vue/main.ts' } },
  },
})
