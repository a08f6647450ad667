import { CanopyError } from '../../core/errors.ts';
import type { Door } from '../http/door.ts';
import { renderTextError } from './answers.ts';

/**
 * Every other address below `/Altiris/`: 404 in words, so that whoever reads an agent's log learns
 * that the page exists in the incumbent and not here. Must be the last of the legacy doors.
 */
export function unknownPageDoor(): Door {
  return {
    name: 'unknown-page',
    matches: (lowerPath) => lowerPath.startsWith('/altiris/'),
    handle: (exchange) => {
      const page = exchange.path.replace(/^.*\//, '').slice(0, 80);
      throw new CanopyError('NOT_FOUND', `The page ${JSON.stringify(page)} is not provided here.`, {
        hint: 'docs/legacy-endpoints.md lists those that are.',
      });
    },
    renderError: renderTextError,
  };
}
