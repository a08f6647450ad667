import type { Asker, DecisionEffect } from '../../catalog/codebase.ts';
import { decideCodebases } from '../../catalog/decide-codebases.ts';
import { locateAsker } from '../../catalog/locate-asker.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import {
  packageInfoDocument,
  unknownPackageElement,
  type AgentGeneration,
} from '../../legacy/package-info.ts';
import {
  parsePackageInfoRequest,
  type PackageInfoRequest,
} from '../../legacy/package-info-request.ts';
import type { Door, Exchange } from '../http/door.ts';
import { LIMITS } from '../limits.ts';
import { agentPage } from './agent-page.ts';
import { AnswerGate, tierOf } from './answer-gate.ts';
import { renderXmlError, requireMethod, sendXml } from './answers.ts';
import { PackageElementRenderer } from './codebase-fragments.ts';
import { queryParameters } from './query-parameters.ts';

export interface PackageInfoDoorOptions {
  readonly model: () => ReadModel;
  readonly random: Random;
  /** Which agents the answers are for; see `packageElement`. */
  readonly generation: AgentGeneration;
  /** Public key of a node, SPKI DER in base64; `undefined` when it is not known here. */
  readonly publicKeyOf: (nodeId: string) => string | undefined;
  /** Called after an answer that causes something; must not throw, and may take its time. */
  readonly applyEffects: (effects: readonly DecisionEffect[], asker: Asker) => void;
}

/**
 * "Where can I get these packages?": GET with the request in the parameter `xml`, or POST with it
 * as the body. Answered from the read model alone; GET without any promise.
 */
export function packageInfoDoor(options: PackageInfoDoorOptions): Door {
  const gate = new AnswerGate(options.random);

  const answer = (exchange: Exchange, source: string | Buffer): void => {
    const model = options.model();
    const request = parsePackageInfoRequest(source, LIMITS.xml);
    const limit = model.settings.maxConcurrentPackageInfoRequests;
    gate.enter(exchange.response, {
      tier: tierOf(model, request.resourceId),
      limit,
      reason:
        'Server is busy. Package sources request is backing off. ' +
        `MaxConcurrentPackageInfoRequests is ${limit}.`,
    });
    const asker = locateAsker(model, {
      resourceId: request.resourceId,
      addresses: request.addresses,
      peerAddress: exchange.clientAddress,
    });
    const { xml, effects } = decideAll({ model, request, asker, exchange, options });
    sendXml(exchange, xml);
    if (effects.length > 0) options.applyEffects(effects, asker);
  };

  return {
    name: 'package-info',
    matches: agentPage('getpackageinfo'),
    handle: (exchange) => {
      requireMethod(exchange, 'GET', 'HEAD', 'POST');
      if (exchange.request.method !== 'POST') return answer(exchange, xmlParameter(exchange));
      return exchange.readBody(LIMITS.xml.bodyBytes).then((body) => answer(exchange, body));
    },
    renderError: renderXmlError,
  };
}

function xmlParameter(exchange: Exchange): string {
  const xml = queryParameters(exchange.query).get('xml');
  if (xml !== undefined && xml !== '') return xml;
  throw new CanopyError('MALFORMED_REQUEST', 'The parameter xml is missing.', {
    path: ['xml'],
    hint: 'Send ?xml=<request …> percent-encoded, or POST the request.',
  });
}

interface Question {
  readonly model: ReadModel;
  readonly request: PackageInfoRequest;
  readonly asker: Asker;
  readonly exchange: Exchange;
  readonly options: PackageInfoDoorOptions;
}

function decideAll(question: Question): { xml: string; effects: readonly DecisionEffect[] } {
  const { model, request, asker, exchange, options } = question;
  const { origin } = exchange;
  const facts = {
    origin,
    resourceId: request.resourceId,
    generation: options.generation,
    publicKeyOf: options.publicKeyOf,
  };
  const effects: DecisionEffect[] = [];
  const elements = request.packageIds.map((packageId) => {
    if (!model.package(packageId)) return unknownPackageElement(packageId);
    const outcome = decideCodebases(
      model,
      {
        packageId,
        asker,
        origin,
        totalTimeMinutes: request.totalTimeMinutes,
        denySmp: request.denySmp,
        denyExternalPackageServers: request.denyExternalPackageServers,
      },
      new PackageElementRenderer(facts),
    );
    effects.push(...outcome.effects);
    return outcome.result;
  });
  return { xml: packageInfoDocument(elements), effects };
}
