/** Program: locks the data directory given as its argument, prints `held`, and stays. */
import { lockDataDirectory } from '../../../content/data-directory-lock.ts';

lockDataDirectory(process.argv[2]!);
process.stdout.write('held\n');
process.stdin.resume();
