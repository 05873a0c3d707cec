import { checkPackage } from '../../stores/test/checkPackage'

checkPackage('vue', { vue: '>=3.3' }, 2100)
