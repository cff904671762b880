<?php
// What strangers may read: nothing (as "Disable REST API" does), or all but the users.

if (NEWSREEL['rest'] === 'blocked') {
    add_filter('rest_authentication_errors', function ($result) {
        if (!empty($result) || is_user_logged_in()) {
            return $result;
        }
        return new WP_Error('rest_not_logged_in', 'You are not currently logged in.', ['status' => 401]);
    });
}

if (NEWSREEL['users'] === '404') {
    add_filter('rest_endpoints', fn($endpoints) => array_filter(
        $endpoints,
        fn($route) => is_user_logged_in() || !str_starts_with($route, '/wp/v2/users'),
        ARRAY_FILTER_USE_KEY,
    ));
}

if (NEWSREEL['users'] === '401') {
    add_filter('rest_pre_dispatch', function ($result, $server, $request) {
        if (!str_starts_with($request->get_route(), '/wp/v2/users') || is_user_logged_in()) {
            return $result;
        }
        return new WP_Error('rest_user_cannot_view', 'Sorry, you are not allowed to list users.', ['status' => 401]);
    }, 10, 3);
}
