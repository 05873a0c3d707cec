import { checkPackage } from '../../adapter-kit/src/checkPackage'

checkPackage('vue', { vue: '>=3.3' }, { module: 1200, script: 2300 })
