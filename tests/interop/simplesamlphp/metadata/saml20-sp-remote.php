<?php

/*
 * The one service provider. SimpleSAMLphp always puts the SP's entity ID into
 * AudienceRestriction, so the entity ID is where the audience is set.
 */

$o = require dirname(__DIR__) . '/config/options.php';

$metadata[$o['audience']] = [
    'AssertionConsumerService' => [
        [
            'Binding' => 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
            'Location' => $o['acs_url'],
            'index' => 0,
        ],
    ],
    'audience' => $o['extra_audiences'],

    // Both are on by default in SimpleSAMLphp; many IdPs sign only one of the two.
    'saml20.sign.assertion' => $o['sign_assertion'],
    'saml20.sign.response' => $o['sign_response'],

    // May be negative: an assertion that has run out already.
    'assertion.lifetime' => $o['assertion_lifetime'],

    // No AttributeStatement at all when there is nothing to release.
    'simplesaml.attributes' => $o['attributes'] !== [],
];
