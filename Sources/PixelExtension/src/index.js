import { register } from "@shopify/web-pixels-extension";
import { Outbox } from "./outbox.js";

// Every standard and custom event, and every form that is sent, goes to the gateway as Shopify made it, with the
// visitor's consent of that moment. No cookie is set and nothing is stored in the browser.
register(({ analytics, init, settings, customerPrivacy }) => {
  let consent = consentOf(init.customerPrivacy);
  const outbox = new Outbox(`${settings.endpoint}/v1/pixel/${settings.accountID}`);

  customerPrivacy.subscribe("visitorConsentCollected", (event) => {
    consent = consentOf(event.customerPrivacy);
  });

  const take = (event) => outbox.add({ ...event, consent });
  analytics.subscribe("all_standard_events", take);
  analytics.subscribe("all_custom_events", take);
  // For Shopify a DOM event, not a standard one; the other DOM events are not wanted.
  analytics.subscribe("form_submitted", take);
});

function consentOf(privacy) {
  if (!privacy) return undefined;
  return {
    analytics: privacy.analyticsProcessingAllowed,
    marketing: privacy.marketingAllowed,
    preferences: privacy.preferencesProcessingAllowed,
    saleOfData: privacy.saleOfDataAllowed,
  };
}
