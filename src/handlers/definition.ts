/** All that users can declare: handlers, routes that publish, stream processors. */
import { type HandlerDefinition, isHandlerDefinition } from './define-handler.js';
import { isProcessorDefinition, type ProcessorDefinition, routeOf } from './define-processor.js';
import { handlerOfPublisher, isPublisherDefinition, type PublisherDefinition } from './define-publisher.js';

/** One of them. */
export type Definition = HandlerDefinition | ProcessorDefinition | PublisherDefinition;

/** Whether a value is one of them, made by this copy of the package or another. */
export function isDefinition(value: unknown): value is Definition {
  return isProcessorDefinition(value) || isPublisherDefinition(value) || isHandlerDefinition(value);
}

/** The route of a definition as it is declared, to look at and not to run; a processor of topics has none. */
export function declaredRoute(definition: Definition): HandlerDefinition | undefined {
  if (isProcessorDefinition(definition)) return routeOf(definition, () => undefined);
  if (isPublisherDefinition(definition))
    return handlerOfPublisher(definition, () => Promise.reject(new Error('unused')));
  return definition;
}
